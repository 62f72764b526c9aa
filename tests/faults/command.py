"""`muster` as a process of its own, forked off one that has imported everything.

A fresh `muster` spends three seconds of CPU before its first step; a fork of a process that has done so does
not. It is a real process all the same: its own pid, its own signals, its own connections.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path

PRELOADED = ["cli.__main__", "flows.deploy", "flows.rollback", __name__]

_context = get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)


class Command:
    """A `muster` command under way. What it says is in its file."""

    def __init__(self, arguments: Sequence[str], variables: Mapping[str, str], output: Path) -> None:
        self.arguments = tuple(arguments)
        self._output = output
        self._process = _context.Process(
            target=_run, args=(list(arguments), dict(variables), str(output)), daemon=True
        )
        self._process.start()

    @property
    def runbook(self) -> str:
        return self.arguments[0]

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs, and where it was killed."""
        code = self._process.exitcode
        return None if code is None or code < 0 else code

    def forget(self) -> None:
        """What it said is no longer wanted."""
        self._output.unlink(missing_ok=True)

    @property
    def running(self) -> bool:
        return self._process.is_alive()

    @property
    def said(self) -> str:
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        """SIGKILL is in force once this returns."""
        assert self._process.pid
        os.kill(self._process.pid, number)
        if number is signal.SIGKILL:
            self._process.join(30)

    def end(self, seconds: float) -> int | None:
        """Its exit code, negative for the signal that ended it; None if it did not end in that time."""
        self._process.join(seconds)
        return self._process.exitcode

    def kill(self) -> None:
        """It is gone once this returns, whatever it was about."""
        if self.running:
            self._process.kill()
            self._process.join(30)


def _run(arguments: list[str], variables: dict[str, str], output: str) -> None:
    """In the fork: become the command."""
    os.environ.update(variables)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.argv = ["muster", *arguments]
    from cli.__main__ import main  # noqa: PLC0415 - imported already by whom this was forked off

    main()
