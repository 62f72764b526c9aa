"""Waits for the sandbox to die, then ends every process that carries its mark.

A program of its own, on the standard library alone: `python -I watchdog.py NAME VALUE`, where processes
with NAME=VALUE in their environment are the sandbox's. Standard input ends with the sandbox.
"""

import os
import signal
import sys
import time
from pathlib import Path


def marked(mark: bytes) -> list[int]:
    """The processes with this mark in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended, or is not ours
            continue
        if mark in variables:
            found.append(int(folder.name))
    return found


def main(name: str, value: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    mark = f"{name}={value}".encode()
    for _ in range(50):
        left = marked(mark)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
