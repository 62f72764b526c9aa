"""What an earlier life of the sandbox left running in a data directory, or lying there."""

import asyncio
import os
import signal
from pathlib import Path


async def clear(data: Path) -> None:
    """End every server process that works in this directory, and drop the lock file of the dead.

    After a `kill -9` the postmaster is gone with us, but a backend in the middle of a query may go on for a
    while, in the shared memory of the old cluster; and by now the process id in postmaster.pid may be
    somebody else's, which would keep PostgreSQL from starting. A server process is one that runs a program
    called postgres with this directory as its working directory.
    """
    while found := _servers(data):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        await asyncio.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _servers(data: Path) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            works_here = (folder / "cwd").readlink() == data
            if works_here and (folder / "exe").readlink().name.startswith("postgres"):
                found.append(int(folder.name))
        except OSError:  # it ended, or is not ours
            continue
    return found
