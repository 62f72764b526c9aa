"""Recovery sets, taken in a process of its own: `python -m bench.backed_up FILE ENVIRONMENT [--seconds N]`.

The same steps as `muster backup ENVIRONMENT --alone`. How long each took is written to the file, from the
call of the flow to its end, and when it said what.
"""

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

from cli.exits import exiting
from cli.progress import show_progress
from flows.backup import backup


class Said(logging.Handler):
    """What the log said, each with the seconds since the run began."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[float, str]] = []
        self._began = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((round(time.monotonic() - self._began, 3), record.getMessage()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.backed_up", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("environment")
    parser.add_argument("--seconds", type=float, default=0, help="begin another one for so long")
    options = parser.parse_args()
    taken: list[dict[str, Any]] = []
    end = time.monotonic() + options.seconds
    with exiting(), show_progress():
        while not taken or time.monotonic() < end:
            taken.append(_take(options.environment))
    options.file.write_text(json.dumps(taken))


def _take(environment: str) -> dict[str, Any]:
    said = Said()
    logger = logging.getLogger("muster")
    logger.addHandler(said)
    began = time.monotonic()
    try:
        made = backup.fn(environment, alone=True)
    finally:
        logger.removeHandler(said)
    return {"id": made, "seconds": time.monotonic() - began, "said": said.lines}


if __name__ == "__main__":
    main()
