"""Images: the files and the configuration of a build, by the digest of both."""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sandbox.kernel.state import State


@dataclass(frozen=True)
class Config:
    """How a container of the image is started."""

    env: dict[str, str]
    entrypoint: list[str]
    cmd: list[str]
    workdir: str
    user: str
    environment: str  # the key of the virtual environment with its dependencies
    places: list[str] = field(default_factory=list)  # where a container would have that environment
    exposed: list[str] = field(default_factory=list)
    healthcheck: str = ""


@dataclass(frozen=True)
class Image:
    """An image as it lies on disk. `rootfs` holds its files at their container paths."""

    digest: str
    config: Config
    rootfs: Path


class Images:
    """All images of a sandbox, found by `name@sha256:...` or by `name:tag`."""

    def __init__(self, folder: Path, state: State) -> None:
        self._folder = folder
        self._tags = state.collection("image-tag")

    def add(self, rootfs: Path, config: Config) -> Image:
        """Keep the files (they are moved) under their digest: the same content is the same image."""
        manifest = json.dumps({"config": asdict(config), "files": _files(rootfs)}, sort_keys=True)
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        place = self._folder / digest
        if not place.exists():
            (rootfs.parent / "config.json").write_text(json.dumps(asdict(config)))
            rootfs.parent.rename(place)
        else:
            shutil.rmtree(rootfs.parent)
        return self._open(digest)

    def tag(self, reference: str, image: Image) -> None:
        self._tags.put(_tagged(reference), {"digest": image.digest})

    def find(self, reference: str) -> Image | None:
        """The image of a reference; None when there is none, as after a wrong digest."""
        name, at, digest = reference.partition("@sha256:")
        known = self._tags.get(f"{name}@{digest}" if at else _tagged(reference))
        return self._open(known["digest"]) if known else None

    def push(self, reference: str, image: Image) -> None:
        """Make it known in that repository, by digest and by tag."""
        name = _tagged(reference).rpartition(":")[0]
        self._tags.put(f"{name}@{image.digest}", {"digest": image.digest})
        self.tag(reference, image)

    def _open(self, digest: str) -> Image:
        place = self._folder / digest
        config = Config(**json.loads((place / "config.json").read_text()))
        return Image(digest, config, place / "rootfs")


def _tagged(reference: str) -> str:
    last = reference.rpartition("/")[2]
    return reference if ":" in last else f"{reference}:latest"


def _files(rootfs: Path) -> list[tuple[str, int, str]]:
    """Path, whether it may be executed, and digest of every file: what the image's digest covers."""
    found = []
    for path in sorted(rootfs.rglob("*")):
        if path.is_symlink():
            found.append((str(path.relative_to(rootfs)), 0, f"-> {path.readlink()}"))
        elif path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found.append((str(path.relative_to(rootfs)), int(os.access(path, os.X_OK)), digest))
    return found
