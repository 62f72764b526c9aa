"""A command under way: a real process, with its own pid, its own signals, its own connections."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import Protocol

PRELOADED = [
    "cli.__main__",
    "cli.settle",
    *(
        f"flows.{name}"
        for name in (
            *("backup", "copy_set", "deploy", "expire", "recover", "restore_drill", "rollback"),
            "verify_set",
        )
    ),
    __name__,
]

UNTOLD = 70  # see flow_run.py
LOOK = 0.02  # seconds between looks at whether it has ended

_turn = (
    Lock()
)  # starting a process looks at all others: of two threads that see one end, one would wait for ever
_context = get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)


@dataclass(frozen=True)
class Ended:
    """A command that is over; without a code where it was killed."""

    runbook: str
    code: int | None
    said: str


class Process(Protocol):
    """A process of either kind."""

    @property
    def pid(self) -> int: ...
    def wait(self, seconds: float) -> int | None:
        """Its exit code, negative for the signal that ended it; None if it did not end in that time."""
        ...


class Command:
    """What it was asked, and what it said; the output is in a file of its own."""

    def __init__(self, arguments: Sequence[str], output: Path, process: Process) -> None:
        self.arguments = tuple(arguments)
        self._output = output
        self._process = process

    @property
    def runbook(self) -> str:
        return self.arguments[0]

    @property
    def running(self) -> bool:
        return self._process.wait(0) is None

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs, and where it was killed or does not tell how it ended."""
        code = self._process.wait(0)
        return None if code is None or code < 0 or code == UNTOLD else code

    @property
    def ended(self) -> Ended:
        return Ended(self.runbook, self.code, self.said)

    @property
    def said(self) -> str:
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        """SIGKILL is in force once this returns."""
        os.kill(self._process.pid, number)
        if number is signal.SIGKILL:
            self._process.wait(30)

    def end(self, seconds: float) -> int | None:
        """Its exit code; None if it did not end in that time."""
        return self._process.wait(seconds)

    def kill(self) -> None:
        """It is gone once this returns, whatever it was about."""
        if self.running:
            self.signal(signal.SIGKILL)

    def forget(self) -> None:
        """What it said is no longer wanted."""
        self._output.unlink(missing_ok=True)


class Forked:
    """`muster`, forked off a process that has imported everything.

    A fresh one spends three seconds of CPU before its first step.
    """

    def __init__(self, arguments: Sequence[str], variables: Mapping[str, str], output: Path) -> None:
        self._process = _context.Process(
            target=_become, args=(list(arguments), dict(variables), str(output)), daemon=True
        )
        with _turn:
            self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        end = time.monotonic() + seconds
        while (code := self._code()) is None and time.monotonic() < end:
            time.sleep(LOOK)
        return code

    def _code(self) -> int | None:
        with _turn:
            return self._process.exitcode


class Executed:
    """A fresh program, for what must be there before Python starts."""

    def __init__(self, program: Sequence[str], variables: Mapping[str, str], output: Path) -> None:
        with output.open("ab") as file:
            self._process = subprocess.Popen(
                list(program), env={**os.environ, **variables}, stdout=file, stderr=subprocess.STDOUT
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None


def _become(arguments: list[str], variables: dict[str, str], output: str) -> None:
    """In the fork: be the command."""
    os.environ.update(variables)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.argv = ["muster", *arguments]
    from cli.__main__ import main  # noqa: PLC0415 - imported already by whom this was forked off

    main()
