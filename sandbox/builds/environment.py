"""Virtual environments: the dependencies of images, shared by all with the same lock, kept in the cache."""

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from packaging.specifiers import SpecifierSet

from sandbox.builds import poetry
from sandbox.builds.dockerfile import BuildError
from sandbox.builds.stage import Install, Log, Stage
from sandbox.kernel.children import Children

COMPLETE = "complete"  # a file in an environment that was built to its end
SCHEME = 2  # of the key: another one where it comes to cover something else


class Environments:
    """The environments in the user's cache, by a key over the Python version and all requirements."""

    def __init__(self, folder: Path, children: Children) -> None:
        self._folder = folder
        self._children = children
        self._installed: dict[tuple[int, int], tuple[str, str]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str) -> Path:
        return self._folder / key

    async def make(self, python: str, stage: Stage, log: Log) -> str:
        """The key of an environment with all of it installed. BuildError when uv cannot install it.

        An environment is built in place, as its scripts carry its path; `complete` appears in it last.
        """
        interpreter, version = await self._interpreter(python, stage, log)
        key = _key(version, stage.installs)
        place = self.path(key)
        if (place / COMPLETE).exists():
            log(f"Python {version} with its dependencies: taken from the cache")
            return key
        with (self._folder / f"{key}.lock").open("w") as lock:
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
            if not (place / COMPLETE).exists():
                shutil.rmtree(place, ignore_errors=True)
                await self._uv(["venv", "--python", interpreter, str(place)], self._folder, log, {})
                for install in stage.installs:
                    await self._install(install, place, log)
                (place / COMPLETE).touch()
        return key

    async def _install(self, install: Install, place: Path, log: Log) -> None:
        requirement = install.requirement
        log(f"Step: {requirement.instruction.keyword} {requirement.instruction.text}")
        how = ["--compile-bytecode", "--python", str(place / "bin" / "python")]
        try:
            if requirement.tool == "sync":
                command = ["sync", "--frozen", "--no-install-project", "--compile-bytecode"]
                own = {"UV_PROJECT_ENVIRONMENT": str(place)}
                await self._uv([*command, *requirement.arguments], install.folder, log, own)
            elif requirement.tool == "pip":
                await self._uv(["pip", "install", *how, *_words(install)], install.folder, log, {})
            else:
                listed = place / "poetry.txt"
                export = poetry.export(requirement.arguments, listed)
                await self._uv(export, install.folder, log, poetry.ENVIRONMENT)
                await self._uv(["pip", "install", *how, "-r", str(listed)], install.folder, log, {})
        except BuildError as error:
            raise requirement.instruction.refuse(str(error)) from error

    async def _interpreter(self, asked: str, stage: Stage, log: Log) -> tuple[str, str]:
        """The machine's Python of the version asked for, or the nearest that the source admits."""
        installed = self._installed or await self._list_installed()
        wanted = tuple(int(part) for part in asked.split("."))
        exact = [minor for minor in installed if minor[: len(wanted)] == wanted]
        if exact:
            return installed[max(exact)]
        admits = _requires_python(stage)
        nearest = sorted(
            (minor for minor in installed if admits(minor)),
            key=lambda minor: (abs(minor[1] - wanted[-1]), -minor[1]),
        )
        if not nearest:
            have = ", ".join(f"{major}.{minor}" for major, minor in sorted(installed))
            raise BuildError(
                f"Python {asked} is not on this machine, and requires-python admits none of those that are "
                f"({have}); install it (uv python install {asked}) or widen requires-python"
            )
        path, version = installed[nearest[0]]
        log(f"Python {asked} is not on this machine: Python {version} is used in its place")
        return path, version

    async def _list_installed(self) -> dict[tuple[int, int], tuple[str, str]]:
        """The machine's CPythons: path and version by (major, minor). Asked once."""
        lines: list[str] = []
        await self._uv(
            ["python", "list", "--only-installed", "--output-format", "json"],
            self._folder,
            lines.append,
            {},
        )
        for found in json.loads("".join(lines)):
            parts = found["version_parts"]
            if found["implementation"] == "cpython" and found["variant"] == "default":
                self._installed.setdefault(
                    (parts["major"], parts["minor"]), (found["path"], found["version"])
                )
        return self._installed

    async def _uv(self, command: list[str], cwd: Path, log: Log, extra: dict[str, str]) -> None:
        lines: list[str] = []

        def on_line(stream: str, line: str) -> None:
            lines.append(line)
            log(line) if stream == "stdout" or command[0] != "python" else None

        hidden = ("PYTHON", "VIRTUAL_ENV", "UV_PROJECT")
        env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        beside = Path(sys.executable).with_name("uv")  # where its wheel put it
        uv = str(beside) if beside.exists() else shutil.which("uv") or "uv"
        child = await self._children.start(
            "uv",
            [uv, "--no-progress", "--no-python-downloads", *command],
            env={**env, **extra, "NO_COLOR": "1"},
            cwd=cwd,
            on_line=on_line,
        )
        if await child.wait() != 0:
            said = (re.sub(r"[^ -~]+", " ", line).strip() for line in lines[-6:])  # without uv's drawing
            raise BuildError(" ".join(line for line in said if line))


def _words(install: Install) -> Iterator[str]:
    """pip's arguments: the project as what it depends on, files by the paths where they lie."""
    for word in install.requirement.arguments:
        path = install.rootfs / word.lstrip("/")
        if word in {".", "./"}:
            yield from ("-r", "pyproject.toml")
        else:
            yield str(path) if word.startswith("/") and path.exists() else word


def _key(version: str, installs: list[Install]) -> str:
    digest = hashlib.sha256(f"{SCHEME} {version}".encode())
    for install in installs:
        requirement, folder = install.requirement, install.folder
        digest.update(repr((requirement.tool, requirement.arguments)).encode())
        if requirement.tool != "pip" or "." in requirement.arguments:
            files = [folder / name for name in ("pyproject.toml", "uv.lock", "poetry.lock")]
        else:
            files = _nested(folder, [word for word in _words(install) if (folder / word).is_file()])
        for file in files:
            if file.exists():
                content = file.read_bytes()
                digest.update(repr((file.name, len(content))).encode() + content)
    return digest.hexdigest()[:32]


def _nested(folder: Path, names: list[str]) -> list[Path]:
    """Requirements files and those they include."""
    found: list[Path] = []
    queue = [folder / name for name in names]
    while queue:
        file = queue.pop(0)
        if file.exists() and file not in found:
            found.append(file)
            inner = re.findall(
                r"^\s*-(?:r|c|-requirement|-constraint)[ =]+(\S+)", file.read_text(), re.MULTILINE
            )
            queue += [file.parent / name for name in inner]
    return found


def _requires_python(stage: Stage) -> Callable[[tuple[int, int]], bool]:
    """Whether the project's own requires-python admits a version; without one, 3.9 and later."""
    for folder in [install.folder for install in stage.installs] + [stage.rootfs / "app", stage.rootfs]:
        file = folder / "pyproject.toml"
        if file.is_file():
            wanted = tomllib.loads(file.read_text()).get("project", {}).get("requires-python")
            if wanted:
                specifiers = SpecifierSet(wanted)
                return lambda minor: f"{minor[0]}.{minor[1]}.99" in specifiers
    return lambda minor: minor >= (3, 9)
