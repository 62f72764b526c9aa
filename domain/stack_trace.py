"""What a Java stack trace says, without its frames."""

import re

CAUSE = "Caused by: "
FAILURE = re.compile(r", failure [\w.$]+(Exception|Error)\b.*")  # the causes tell it, too


def told(text: str) -> str:
    """Its first line and the last of its causes, in one line: a trace of Elasticsearch's may have 80 kB.

    A text that is none is as it was, in one line.
    """
    first, *rest = text.splitlines() or [""]
    causes = [line.strip().removeprefix(CAUSE) for line in rest if line.strip().startswith(CAUSE)]
    if not causes:
        return " ".join(text.split())
    return " ".join(f"{FAILURE.sub('', first)}: {causes[-1]}".split())
