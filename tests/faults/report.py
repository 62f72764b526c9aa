"""The report: a line of JSON for each run, in a file that only grows."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from tests.faults.run import Outcome


@dataclass(frozen=True)
class Line:
    """One run, as the report has it."""

    cell: str
    seed: int
    at: datetime
    release: str
    met: bool
    violations: tuple[str, ...]
    cores: int


class Report:
    """A file of runs."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, outcome: Outcome) -> None:
        """What was said by a run's commands is kept where something was violated."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        line = {**asdict(outcome), "at": outcome.at.isoformat(timespec="seconds"), "cores": os.cpu_count()}
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def lines(self) -> list[Line]:
        if not self._file.exists():
            return []
        return [_line(text) for text in self._file.read_text().splitlines() if text]


def _line(text: str) -> Line:
    kept = json.loads(text)
    return Line(
        cell=kept["cell"],
        seed=kept["seed"],
        at=datetime.fromisoformat(kept["at"]),
        release=kept["release"],
        met=kept["met"],
        violations=tuple(kept["violations"]),
        cores=kept["cores"],
    )
