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
from collections.abc import Callable
from pathlib import Path

from packaging.specifiers import SpecifierSet

from sandbox.builds.dockerfile import BuildError
from sandbox.builds.requirement import Requirement
from sandbox.kernel.children import Children

Log = Callable[[str], None]
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

    async def make(self, python: str, requirements: list[Requirement], rootfs: Path, log: Log) -> str:
        """The key of an environment with all of it installed. BuildError when uv cannot install it.

        An environment is built in place, as its scripts carry its path; `complete` appears in it last.
        """
        interpreter, version = await self._interpreter(python, rootfs, requirements, log)
        key = _key(version, requirements, rootfs)
        place = self.path(key)
        if (place / COMPLETE).exists():
            log(f"Python {version} with its dependencies: taken from the cache")
            return key
        with (self._folder / f"{key}.lock").open("w") as lock:
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
            if not (place / COMPLETE).exists():
                shutil.rmtree(place, ignore_errors=True)
                await self._uv(["venv", "--python", interpreter, str(place)], rootfs, log, {})
                for requirement in requirements:
                    await self._install(requirement, place, rootfs, log)
                (place / COMPLETE).touch()
        return key

    async def _install(self, requirement: Requirement, place: Path, rootfs: Path, log: Log) -> None:
        folder = rootfs / requirement.workdir.lstrip("/")
        log(f"Step: {requirement.instruction.keyword} {requirement.instruction.text}")
        if requirement.tool == "sync":
            command = [
                "sync",
                "--frozen",
                "--no-install-project",
                "--compile-bytecode",
                *requirement.arguments,
            ]
            extra = {"UV_PROJECT_ENVIRONMENT": str(place)}
        else:
            wanted = ["-r pyproject.toml" if word in {".", "./"} else word for word in requirement.arguments]
            command = ["pip", "install", "--compile-bytecode", "--python", str(place / "bin" / "python")]
            command += " ".join(wanted).split()
            extra = {}
        try:
            await self._uv(command, folder, log, extra)
        except BuildError as error:
            raise requirement.instruction.refuse(str(error)) from error

    async def _interpreter(
        self, asked: str, rootfs: Path, requirements: list[Requirement], log: Log
    ) -> tuple[str, str]:
        """The machine's Python of the version asked for, or the nearest that the source admits."""
        installed = self._installed or await self._list_installed(rootfs)
        wanted = tuple(int(part) for part in asked.split("."))
        exact = [minor for minor in installed if minor[: len(wanted)] == wanted]
        if exact:
            return installed[max(exact)]
        admits = _requires_python(rootfs, requirements)
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

    async def _list_installed(self, cwd: Path) -> dict[tuple[int, int], tuple[str, str]]:
        """The machine's CPythons: path and version by (major, minor). Asked once."""
        lines: list[str] = []
        await self._uv(
            ["python", "list", "--only-installed", "--output-format", "json"], cwd, lines.append, {}
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


def _key(version: str, requirements: list[Requirement], rootfs: Path) -> str:
    digest = hashlib.sha256(f"{SCHEME} {version}".encode())
    for requirement in requirements:
        digest.update(repr((requirement.tool, requirement.arguments)).encode())
        folder = rootfs / requirement.workdir.lstrip("/")
        if requirement.tool == "sync" or "." in requirement.arguments:
            files = [folder / "pyproject.toml", folder / "uv.lock"]
        else:
            files = _nested(folder, [word for word in requirement.arguments if (folder / word).is_file()])
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


def _requires_python(rootfs: Path, requirements: list[Requirement]) -> Callable[[tuple[int, int]], bool]:
    """Whether the project's own requires-python admits a version; without one, 3.9 and later."""
    for workdir in {requirement.workdir for requirement in requirements} | {"/app", "/"}:
        file = rootfs / workdir.lstrip("/") / "pyproject.toml"
        if file.is_file():
            wanted = tomllib.loads(file.read_text()).get("project", {}).get("requires-python")
            if wanted:
                specifiers = SpecifierSet(wanted)
                return lambda minor: f"{minor[0]}.{minor[1]}.99" in specifiers
    return lambda minor: minor >= (3, 9)
