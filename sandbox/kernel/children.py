"""Starting and stopping the real processes behind the APIs, so that none outlives the sandbox.

Three nets: a child is killed by the kernel when the sandbox's main thread dies (PR_SET_PDEATHSIG); its
whole session is signalled when it is stopped; and the watchdog sweeps up what carries the sandbox's mark
after a `kill -9`.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MARK = "SANDBOX_MARK"  # in the environment of every child: what the watchdog looks for
AS_ORDINARY_USER = ("unshare", "-U", "--map-user=1000", "--map-group=1000")

OnLine = Callable[[str, str], None]
"""What is told each line of output: the stream's name (stdout, stderr) and the text."""


@dataclass(eq=False)
class Child:
    """A running process, its output being read."""

    name: str
    process: asyncio.subprocess.Process
    readers: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def wait(self) -> int:
        """The exit code (negative: the signal), once all output was read."""
        code = await self.process.wait()
        await asyncio.gather(*self.readers)
        return code

    async def stop(self, grace: float = 10.0, gently: signal.Signals = signal.SIGTERM) -> None:
        """Ask it and its descendants to end; kill what is left after the grace (seconds)."""
        if self.running:
            self._signal(gently)
            try:
                await asyncio.wait_for(self.process.wait(), grace)
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self.process.wait()
        self._signal(signal.SIGKILL)  # descendants that ignored the request
        for reader in self.readers:
            reader.cancel()
        await asyncio.gather(*self.readers, return_exceptions=True)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Children:
    """All processes of one sandbox. Must be used from the main thread: see the module."""

    def __init__(self, home: Path) -> None:
        self.mark = f"{home.resolve()}:{os.getpid()}"
        self._children: list[Child] = []

    async def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        on_line: OnLine | None = None,
        log: Path | None = None,
        ordinary_user: bool = False,
    ) -> Child:
        """Start it with exactly that environment; output goes to `on_line`, to the file `log`, or away.

        `ordinary_user` runs it as somebody else than root where the sandbox is root (PostgreSQL and
        Elasticsearch refuse root), in a user namespace, so that no file changes its owner.
        """
        prefix = ["setpriv", "--pdeathsig", "KILL"]
        if ordinary_user and os.geteuid() == 0:
            prefix = [*AS_ORDINARY_USER, *prefix]
        output = _output(on_line, log)
        try:
            process = await asyncio.create_subprocess_exec(
                *prefix,
                *(str(part) for part in command),
                env={**env, MARK: self.mark},
                cwd=cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.PIPE if on_line else asyncio.subprocess.STDOUT,
                start_new_session=True,
                limit=1 << 20,
            )
        finally:
            if log and not on_line:
                os.close(output)
        child = Child(name, process)
        if on_line:
            for stream, reader in (("stdout", process.stdout), ("stderr", process.stderr)):
                assert reader
                child.readers.append(asyncio.create_task(_read(reader, stream, on_line)))
        self._children = [one for one in self._children if one.running]
        self._children.append(child)
        return child

    async def watch(self) -> None:
        """Start the watchdog: it outlives this process, and then ends what carries its mark."""
        command = [sys.executable, "-I", str(Path(__file__).with_name("watchdog.py")), MARK, self.mark]
        await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )  # its standard input ends when this process does

    async def stop(self) -> None:
        await asyncio.gather(*(child.stop() for child in self._children))


def _output(on_line: OnLine | None, log: Path | None) -> int:
    if on_line:
        return asyncio.subprocess.PIPE
    if log is None:
        return asyncio.subprocess.DEVNULL
    log.parent.mkdir(parents=True, exist_ok=True)
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


async def _read(reader: asyncio.StreamReader, stream: str, on_line: OnLine) -> None:
    while line := await _line(reader):
        on_line(stream, line.decode(errors="replace").rstrip("\r\n"))


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line, or the part of an overlong one that fits the buffer."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as over:
        return await reader.readexactly(over.consumed)
