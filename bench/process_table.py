"""What the kernel tells of processes: their family, their memory, their computing."""

import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")
UTIME = 11  # among the fields of `stat` behind the name; stime follows


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, int] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            fields = _read(entry / "stat").rpartition(")")[2].split()
            if fields:
                parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def running(pids: Iterable[int], module: str) -> int:
    """The one of them that runs that Python module. StopIteration when none does."""
    return next(pid for pid in pids if f"\0{module}\0" in _read(PROC / str(pid) / "cmdline"))


def cpu_seconds(pids: Iterable[int]) -> float:
    """What they computed so far, all together."""
    fields = [_read(PROC / str(pid) / "stat").rpartition(")")[2].split() for pid in pids]
    return sum(int(one[UTIME]) + int(one[UTIME + 1]) for one in fields if one) / TICK


def pss(pid: int) -> int:
    """Bytes; 0 for a process that has ended."""
    return _field(PROC / str(pid) / "smaps_rollup", "Pss:")


def peak(pid: int) -> int:
    """The most bytes that were ever resident."""
    return _field(PROC / str(pid) / "status", "VmHWM:")


def _field(file: Path, name: str) -> int:
    for line in _read(file).splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
