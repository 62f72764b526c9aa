"""What must not be read anywhere: no rule of any runbook's own."""

import base64
from collections.abc import Iterator, Mapping


def told(secrets: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[str]:
    """Where a secret, by what it is, can be read in a text, by where it is; in base64, too."""
    for what, word in secrets.items():
        coded = base64.b64encode(word.encode()).decode()
        for where, text in texts.items():
            if word in text or coded in text:
                yield f"{what} can be read in {where}"
