"""The bytes of objects on disk: one plain file each, never changed once it is an object's."""

import asyncio
import os
import uuid
from io import FileIO
from pathlib import Path


class Files:
    """A folder of files with names of our own; an object's name is never part of a path.

    A file that nothing in the database names is no object. So nothing is renamed: the bytes are flushed to
    disk first, then the row that names them is committed, and what a crash leaves without a row is swept
    at the next start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._found = {path.name for path in folder.iterdir()}

    def path(self, file: str) -> Path:
        return self.folder / file

    def open(self, file: str) -> FileIO:
        """For reading; it stays readable when the object is deleted meanwhile."""
        return self.path(file).open("rb", buffering=0)

    def link(self, file: str) -> str:
        """The same bytes under another name: a copy that costs nothing, as neither ever changes."""
        twin = uuid.uuid4().hex
        os.link(self.path(file), self.path(twin))
        return twin

    def discard(self, file: str) -> None:
        """Remove it in the background: freeing a large file takes long."""
        asyncio.get_running_loop().run_in_executor(None, lambda: self.path(file).unlink(missing_ok=True))

    def flush(self, file: str) -> None:
        """See to it that it is on disk, name and bytes. To be done before a row names it."""
        for path in (self.path(file), self.folder):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def sweep(self, named: set[str]) -> None:
        """Remove what was found at the start and is named by no row."""
        for file in self._found - named:
            self.path(file).unlink(missing_ok=True)
