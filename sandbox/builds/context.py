"""The source of a build: the archive unpacked, what .dockerignore leaves of it, and copying out of it."""

import shutil
import tarfile
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

import pathspec

from sandbox.builds.dockerfile import BuildError
from sandbox.builds.recipe import Copy


def unpack(archive: Path, name: str, target: Path) -> None:
    """Unpack a .tar.gz or .zip; BuildError when it is neither, or reaches outside of itself."""
    target.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(target)  # noqa: S202 - zipfile keeps inside of the target by itself
        else:
            with tarfile.open(archive) as packed_tar:
                packed_tar.extractall(target, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, OSError) as error:
        raise BuildError(f"{name}: the source archive cannot be unpacked: {error}") from error


class Context:
    """What COPY may copy from: the source without what its .dockerignore names, or the files of a stage."""

    def __init__(self, root: Path, *, stage: str = "") -> None:
        self.root = root
        self._what = f"stage {stage!r}" if stage else "the source"
        ignore = root / ".dockerignore"
        lines = ignore.read_text().splitlines() if ignore.exists() and not stage else []
        self._ignored = pathspec.GitIgnoreSpec.from_lines(map(_anchored, lines))

    def files(self, folder: Path) -> Iterator[Path]:
        """Every file beneath, in a fixed order, but what .dockerignore leaves out."""
        for path in sorted(folder.rglob("*")):
            if (path.is_file() or path.is_symlink()) and not self._is_ignored(path):
                yield path

    def copy(self, step: Copy, rootfs: Path, had: Collection[str] = ()) -> None:
        """Carry out a COPY; BuildError when a source is not there, and not had in another way."""
        target = rootfs / step.destination.lstrip("/")
        for pattern in step.sources:
            sources = self._match(pattern.lstrip("/"))
            if not sources and pattern not in had:
                raise step.instruction.refuse(f"{pattern!r} is not in {self._what}")
            for source in sources:
                if source.is_dir():
                    for file in self.files(source):
                        _place(file, target / file.relative_to(source))
                else:
                    _place(source, target / source.name if step.into_folder else target)

    def _match(self, pattern: str) -> list[Path]:
        if pattern in {"", ".", "./"}:
            return [self.root]
        try:
            found = sorted(self.root.glob(pattern.removeprefix("./").rstrip("/")))
        except (ValueError, NotImplementedError):  # no pattern at all
            return []
        inside = [path for path in found if self.root in path.resolve().parents]
        return [path for path in inside if path.is_dir() or not self._is_ignored(path)]

    def _is_ignored(self, path: Path) -> bool:
        return self._ignored.match_file(path.relative_to(self.root))


def _anchored(line: str) -> str:
    """A .dockerignore pattern is matched from the root, a .gitignore pattern at any depth."""
    stripped = line.strip()
    if not stripped or stripped.startswith("#"):
        return ""
    negated, pattern = ("!", stripped[1:]) if stripped.startswith("!") else ("", stripped)
    return f"{negated}/{pattern.lstrip('/')}"


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
