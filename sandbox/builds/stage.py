"""Stages of an image: their files laid out step by step, and what each installs."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from sandbox.builds.context import Context
from sandbox.builds.dockerfile import inside
from sandbox.builds.recipe import Copy, Recipe
from sandbox.builds.requirement import Requirement
from sandbox.builds.shell import Executable, Folders

Log = Callable[[str], None]


@dataclass(frozen=True)
class Install:
    """A requirement, and the root of the files that it speaks of: those of the stage it was asked for in."""

    requirement: Requirement
    rootfs: Path

    @property
    def folder(self) -> Path:
        return self.rootfs / self.requirement.workdir.lstrip("/")


@dataclass
class Stage:
    """A stage as it lies on disk. Its dependencies are told, and installed for the last stage alone."""

    rootfs: Path
    installs: list[Install] = field(default_factory=list)

    def within(self, path: str) -> list[Install]:
        """What is installed there, or above it, or beneath it."""
        return [install for install in self.installs if _meet(path, install.requirement.place)]


class Stages:
    """Lays out the stages that are needed, each of them once."""

    def __init__(self, source: Path, work: Path, log: Log) -> None:
        self._source = Context(source)
        self._work = work
        self._log = log
        self._laid: dict[int, Stage] = {}

    async def lay(self, recipe: Recipe) -> Stage:
        if id(recipe) not in self._laid:
            rootfs = self._work / f"stage-{len(self._laid)}" / "rootfs"
            rootfs.mkdir(parents=True)
            stage = self._laid[id(recipe)] = Stage(rootfs)
            for step in recipe.steps:
                await self._carry_out(step, recipe, stage)
            (rootfs / recipe.workdir.lstrip("/")).mkdir(parents=True, exist_ok=True)
        return self._laid[id(recipe)]

    async def _carry_out(self, step: object, recipe: Recipe, stage: Stage) -> None:
        if isinstance(step, Copy):
            self._log(f"Step: {step.instruction.keyword} {step.instruction.text}")
            if step.stage:
                await self._copy_from(await self.lay(recipe.stages[step.stage]), step, stage)
            else:
                await asyncio.to_thread(self._source.copy, step, stage.rootfs)
        elif isinstance(step, Requirement):
            wanted = tuple(_missing(step, stage)) if step.tool == "pip" else step.arguments
            if wanted or step.tool != "pip":
                stage.installs.append(Install(replace(step, arguments=wanted), stage.rootfs))
        elif isinstance(step, Folders):
            for path in step.paths:
                (stage.rootfs / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif isinstance(step, Executable):
            for path in step.paths:
                file = stage.rootfs / path.lstrip("/")
                if not file.exists():
                    raise step.instruction.refuse(f"{path} is not there")
                file.chmod(file.stat().st_mode | 0o111)

    async def _copy_from(self, other: Stage, step: Copy, stage: Stage) -> None:
        """Files are copied; dependencies that lie there come along, to wherever they are copied."""
        had = {source: other.within(inside("/", source)) for source in step.sources}
        for source, installs in had.items():
            for install in installs:
                place = _moved(install.requirement.place, inside("/", source), step.destination)
                moved = replace(install, requirement=replace(install.requirement, place=place))
                stage.installs += [moved] if moved not in stage.installs else []
        context = Context(other.rootfs, stage=step.stage)
        await asyncio.to_thread(context.copy, step, stage.rootfs, [source for source in had if had[source]])


def _missing(step: Requirement, stage: Stage) -> Iterator[str]:
    """What pip is still to install: neither packages that came from another stage, by the paths at which they
    lie, nor lists that Poetry wrote.
    """
    listed = {install.requirement.place for install in stage.installs if install.requirement.tool == "export"}
    rest = iter(step.arguments)
    for word in rest:
        name, _, file = word.partition("=")
        if name in {"-r", "--requirement"}:
            file = file or next(rest, "")
            if inside(step.workdir, file) not in listed:
                yield from (name, file)
        elif not (word.startswith("/") and any(one.rootfs != stage.rootfs for one in stage.within(word))):
            yield word


def _moved(place: str, source: str, destination: str) -> str:
    """Where a place is after its folder, or one that holds it, was copied; a part stays where it is."""
    if PurePosixPath(place).is_relative_to(source):
        return str(PurePosixPath(destination, PurePosixPath(place).relative_to(source)))
    return place


def _meet(one: str, other: str) -> bool:
    first, second = PurePosixPath(one), PurePosixPath(other)
    return first == second or first in second.parents or second in first.parents
