"""A command of the demo is heard while it runs, and its bad end too."""

import sys
from pathlib import Path

import pytest

from examples.demo.processes import NotReady, Processes

ASKS = """
import pathlib, sys, time
print("begun", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
sys.exit("heard")
"""


def test_a_line_is_told_as_it_is_printed(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    with Processes(tmp_path / "output", {}) as processes:
        lines = processes.told("asks", sys.executable, "-c", ASKS, heard)
        assert next(lines) == "begun"
        heard.touch()
        assert next(lines) == "heard"
        with pytest.raises(NotReady, match="asks: ended with 1"):
            next(lines)
