"""The sample service's releases, good and bad: each is a few files laid over the release before it."""

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SAMPLE = Path(__file__).parent / "ali_api"
OVERLAYS = SAMPLE / "releases"
DESCRIPTION = "release.toml"  # an overlay's own: what it is laid over, and what it is
NOT_SOURCE = {"releases", "__pycache__", ".venv", ".mypy_cache", ".ruff_cache"}


@dataclass(frozen=True)
class Release:
    """One release; `over` names the one it is laid over, None for the sample itself."""

    name: str
    about: str
    over: str | None

    @property
    def folder(self) -> Path:
        return OVERLAYS / self.name if self.over else SAMPLE

    def files(self) -> Iterator[Path]:
        """What it brings, as paths in its folder, in order."""
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder)
            if path.is_file() and inside.name != DESCRIPTION and not NOT_SOURCE.intersection(inside.parts):
                yield inside


def _read(folder: Path) -> Release:
    about = tomllib.loads((folder / DESCRIPTION).read_text())
    return Release(folder.name, about["about"], about["over"])


BASE = Release("base", "the sample as it is", None)
RELEASES = {BASE.name: BASE} | {
    path.parent.name: _read(path.parent) for path in sorted(OVERLAYS.glob(f"*/{DESCRIPTION}"))
}


def layers(name: str) -> list[Release]:
    """The releases that the named one consists of, the sample first; KeyError for an unknown name."""
    release = RELEASES[name]
    return [*(layers(release.over) if release.over else []), release]


def lay(name: str, target: Path) -> Path:
    """Write the whole source of that release into the folder, and return the folder.

    The same name always gives the same files. The folder is made if need be; FileExistsError when there is
    something in it, as files of another release would remain.
    """
    releases = layers(name)
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty: lay {name} into a new folder")
    for release in releases:
        for file in release.files():
            copy = target / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release.folder / file, copy)
    return target
