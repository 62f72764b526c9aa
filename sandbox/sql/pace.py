"""The pace of operations: as fast as the machine is, unless somebody sets a slower one."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sandbox.kernel.errors import RpcError
from sandbox.kernel.fault import made
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql.tempo import Tempo


class Pace:
    """`POST /faults {"operation": TYPE, "seconds": N, "bytes_per_second": N}`, or `--pace TYPE=SECONDS`.

    An operation of that type runs for so many seconds before it does anything, and then for as long as the
    bytes of its instance take.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._usual = {kind: Tempo(seconds=seconds) for kind, seconds in kernel.settings.pace.items()}
        self._set: dict[str, Tempo] = {}
        kernel.faults.things["operation"] = self

    async def before(self, kind: str) -> None:
        """Wait as long as the operation is to take whatever it does."""
        await asyncio.sleep(self._of(kind).seconds)

    async def after(self, kind: str, data: Path) -> None:
        """Wait as long as the bytes in that folder are to take."""
        tempo = self._of(kind)
        if tempo.bytes_per_second:
            size = await asyncio.to_thread(_size, data)
            await asyncio.sleep(size / tempo.bytes_per_second)

    def broken(self) -> Mapping[str, Document]:
        return {kind: vars(tempo) for kind, tempo in self._set.items()}

    async def harm(self, name: str, how: Document) -> Document:
        if not name.isupper():
            raise RpcError("INVALID_ARGUMENT", f"operation: a type such as CLONE, not {name!r}")
        self._set[name] = made(Tempo, how)
        return dict(vars(self._set[name]))

    async def mend(self, name: str) -> None:
        self._set.pop(name, None)

    def _of(self, kind: str) -> Tempo:
        return self._set.get(kind) or self._usual.get(kind) or Tempo()


def _size(folder: Path) -> int:
    """Bytes in it; of a file that goes meanwhile, none."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
