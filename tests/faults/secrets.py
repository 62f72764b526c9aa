"""What must not be read anywhere: no rule of any runbook's own."""

import base64
import re
from collections.abc import Iterator, Mapping

MADE = re.compile(r"Aa1-[0-9a-f]{40}")  # a password that Muster gives a user of a database


def told(secrets: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[str]:
    """Where a secret, by what it is, can be read in a text, by where it is; in base64, too."""
    for what, word in secrets.items():
        coded = base64.b64encode(word.encode()).decode()
        for where, text in texts.items():
            if word in text or coded in text:
                yield f"{what} can be read in {where}"


def passwords_told(what: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Where a password that Muster made can be read in a text, by where it is; `what` calls it."""
    for where, text in texts.items():
        if MADE.search(text):
            yield f"{what} can be read in {where}"
