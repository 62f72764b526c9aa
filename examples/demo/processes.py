"""The processes of the demo: started, waited for, and all stopped at the end, whatever the end is."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

Found = TypeVar("Found")


class NotReady(Exception):
    """A process ended, or did not get ready in time: its last words say why."""


class Processes:
    """Child processes, each with its output in a file of its own. Use it as a context: leaving stops all."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._folder = folder
        self._env = env
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._running):
            _signal(process, signal.SIGTERM)
        for _, process in reversed(self._running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            _signal(process, signal.SIGKILL)  # its descendants, too
            process.wait()

    def start(self, name: str, *command: str | Path, **env: str) -> subprocess.Popen[bytes]:
        """Start it in a session of its own: Ctrl-C is ours to handle, and its children go with it."""
        with (self._folder / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                env={**os.environ, **self._env, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append((name, process))
        return process

    def run(self, name: str, *command: str | Path, **env: str) -> None:
        """Run it to its end; NotReady when that is not a good one."""
        code = self.start(name, *command, **env).wait()
        if code:
            raise NotReady(f"{name}: ended with {code}:\n{self._last_words(name)}")

    def said(self, name: str, *command: str | Path, **env: str) -> str:
        """Run it to its end; all that it printed. NotReady when its end is not a good one."""
        self.run(name, *command, **env)
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def told(self, name: str, *command: str | Path, **env: str) -> Iterator[str]:
        """Run it to its end; each line as it is printed. NotReady when its end is not a good one."""
        process, rest, ended = self.start(name, *command, **env), "", False
        with (self._folder / f"{name}.log").open(errors="replace") as output:
            while not ended:
                ended = process.poll() is not None  # it prints nothing after that, and is read once more
                *lines, rest = (rest + output.read()).split("\n")
                yield from lines
                if not ended:
                    time.sleep(0.1)
        if process.returncode:
            raise NotReady(f"{name}: ended with {process.returncode}:\n{self._last_words(name)}")

    def wait_for(self, name: str, look: Callable[[], Found | None], seconds: float = 180) -> Found:
        """What the look finds once the process is ready."""
        process = next(process for known, process in self._running if known == name)
        end = time.monotonic() + seconds
        while True:
            found = look()
            if found is not None:
                return found
            if process.poll() is not None or time.monotonic() > end:
                raise NotReady(f"{name}: not ready; its last words:\n{self._last_words(name)}")
            time.sleep(0.1)

    def _last_words(self, name: str, lines: int = 15) -> str:
        return "\n".join((self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])


def process_of(run: str) -> int:
    """The process that one of Prefect's flow runs is in. NotReady when there is none on this machine."""
    wanted = f"PREFECT__FLOW_RUN_ID={run}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended, or is somebody else's
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                return int(folder.name)
    raise NotReady(f"no process runs {run}")


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
