"""Where backups and recovery logs lie: a folder for each location, apart from the instances' own disks."""

import re
from collections.abc import Mapping
from pathlib import Path

from sandbox.kernel.errors import RpcError
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document

NAME = re.compile(r"[a-z][a-z0-9-]*")
DOWN = ".down"  # how the folder of a location is called that cannot be reached
CONTINENTS = {"us": "us", "europe": "eu", "asia": "asia"}


class LocationDown(Exception):
    """What lies there can be neither read nor written now."""


class Locations:
    """A location that is down is really not there: its folder has another name until it is up again.

    So whoever writes or reads there fails by himself, PostgreSQL's archiver among them. Instances are not
    touched: a location is where something is stored, not where something runs.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._down: set[str] = set()
        kernel.faults.things["location"] = self

    def start(self) -> None:
        """A restarted sandbox is a healthy one."""
        for folder in self._root.glob(f"*{DOWN}"):
            folder.rename(folder.with_suffix(""))

    def folder(self, location: str, *names: str) -> Path:
        """A folder there, which need not exist yet. LocationDown while the location is."""
        if location in self._down:
            raise LocationDown(f"{location} cannot be reached")
        return self.path(location, *names)

    def path(self, location: str, *names: str) -> Path:
        """Where that folder is while the location is up: for who finds out himself that it is not."""
        return self._root.joinpath(location, *names)

    def is_down(self, location: str) -> bool:
        return location in self._down

    def broken(self) -> Mapping[str, Document]:
        return {location: {} for location in sorted(self._down)}

    async def harm(self, name: str, how: Document) -> Document:
        if how or not NAME.fullmatch(name):
            raise RpcError("INVALID_ARGUMENT", f"a location by its name, and nothing more: {name!r} {how}")
        self._down.add(name)
        _rename(self._root / name, self._root / (name + DOWN))
        return {}

    async def mend(self, name: str) -> None:
        if name in self._down:
            _rename(self._root / (name + DOWN), self._root / name)
            self._down.discard(name)

    @property
    def _root(self) -> Path:
        return self._kernel.folder("sql", "locations")


def usual(region: str) -> str:
    """The multi-region nearest to a region: where a backup lies unless another place is asked for."""
    return CONTINENTS.get(region.partition("-")[0], region)


def _rename(before: Path, after: Path) -> None:
    if before.exists():
        before.rename(after)
