"""The report: a line of JSON for each run, kept and added to; and the table made of it."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults.run import Outcome


class Report:
    """A file that only grows."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)

    def add(self, outcome: Outcome) -> None:
        line = {**asdict(outcome), "at": outcome.at.isoformat(timespec="seconds"), "cores": os.cpu_count()}
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def runs(self) -> list[dict[str, Any]]:
        if not self._file.exists():
            return []
        return [json.loads(line) for line in self._file.read_text().splitlines() if line]
