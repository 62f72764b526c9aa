"""What a Dockerfile asks for: a pure reading of its instructions, stage by stage.

RUN lines that install Python dependencies become requirements of a virtual environment; what is refused is
refused by its number, because nothing here runs as in a container.
"""

import copy
import re
from dataclasses import dataclass, field
from itertools import dropwhile

from sandbox.builds.dockerfile import BuildError, Instruction, assignments, inside, substitute
from sandbox.builds.shell import Command, commands

WITHOUT_EFFECT = {"EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "SHELL", "MAINTAINER"}


UV = re.compile(r"(?:ghcr\.io/)?astral-sh/uv(?::(?:.*python(?P<version>\d+\.\d+))?\S*|@\S+)?")
UV_FILES = {"uv", "uvx"}


@dataclass(frozen=True)
class Copy:
    """One COPY or local ADD: sources relative to the context, or to a stage; an absolute destination."""

    instruction: Instruction
    sources: tuple[str, ...]
    destination: str
    into_folder: bool
    stage: str = ""


@dataclass
class Recipe:
    """Everything that makes the image, or a stage before it, but the files themselves."""

    python: str = ""
    stages: dict[str, "Recipe"] = field(default_factory=dict)  # those before it, by name and by number
    steps: list[Copy | Command] = field(default_factory=list)
    virtual: str = ""  # the virtual environment that its commands use
    env: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)
    workdir: str = "/"
    user: str = ""
    exposed: list[str] = field(default_factory=list)
    healthcheck: str = ""


def read(instructions: list[Instruction]) -> Recipe:
    """The recipe of its last stage; BuildError, with the line, on what the sandbox does not build."""
    recipe = Recipe()
    name = ""
    args: dict[str, str] = {}
    for instruction in instructions:
        if not recipe.python and instruction.keyword not in {"FROM", "ARG"}:
            raise instruction.refuse("a Dockerfile begins with FROM")
        if instruction.keyword == "FROM":
            recipe, name = _from(recipe, name, instruction, substitute(instruction.text, args))
        else:
            _apply(recipe, args, instruction)
    if not recipe.python:
        raise BuildError("Dockerfile: no FROM in it; begin with FROM python:3.12-slim")
    if not recipe.entrypoint and not recipe.cmd:
        last = instructions[-1].line
        raise BuildError(f"Dockerfile line {last}: it ends without CMD or ENTRYPOINT: nothing would start")
    return recipe


def _apply(recipe: Recipe, args: dict[str, str], instruction: Instruction) -> None:
    keyword = instruction.keyword
    text = substitute(instruction.text, {**args, **recipe.env})
    if keyword == "ARG":
        name, _, default = text.partition("=")
        args.setdefault(name, default.strip("\"'"))
    elif keyword == "ENV":
        recipe.env |= assignments(Instruction(instruction.line, keyword, text))
    elif keyword == "WORKDIR":
        recipe.workdir = inside(recipe.workdir, text)
    elif keyword in {"COPY", "ADD"}:
        recipe.steps += _copy(recipe, instruction, text)
    elif keyword == "RUN":
        found, recipe.virtual = commands(
            instruction, text, workdir=recipe.workdir, virtual=recipe.virtual, env=recipe.env
        )
        recipe.steps += found
    elif keyword == "USER":
        recipe.user = text
    elif keyword == "CMD":
        recipe.cmd = _command(instruction)
    elif keyword == "ENTRYPOINT":
        recipe.entrypoint, recipe.cmd = _command(instruction), []
    elif keyword == "EXPOSE":
        recipe.exposed += text.split()
    elif keyword == "HEALTHCHECK":
        recipe.healthcheck = text
    elif keyword not in WITHOUT_EFFECT:
        raise instruction.refuse("the sandbox does not know this instruction")


def _from(before: Recipe, name: str, instruction: Instruction, text: str) -> tuple[Recipe, str]:
    """The stage that begins here, and its name; the one before it can be copied from."""
    words = re.sub(r"--platform=\S+\s*", "", text).split()
    stages = dict(before.stages)
    if before.python:
        number = str(len({id(stage) for stage in stages.values()}))
        stages |= {number: before} | ({name: before} if name else {})
    image, name = words[0] if words else "", words[2] if len(words) == 3 else ""
    if image in stages:
        recipe = copy.copy(stages[image])
        recipe.steps, recipe.env, recipe.exposed = [*recipe.steps], dict(recipe.env), [*recipe.exposed]
    else:
        recipe = Recipe(python=_python(instruction, image))
    recipe.stages = stages
    return recipe, name


def _python(instruction: Instruction, image: str) -> str:
    """Which Python an image has."""
    if uv := UV.fullmatch(image):
        return uv["version"] or "3"
    match = re.search(r"(?:^|/)python(?::(\d+\.\d+|\d+)?\S*)?(?:@\S+)?$", image)
    if not match:
        raise instruction.refuse("the sandbox builds on a python base alone, such as python:3.12-slim")
    return match[1] or "3"


def _copy(recipe: Recipe, instruction: Instruction, text: str) -> list[Copy]:
    words = [word for word in (instruction.json() or text.split()) if not word.startswith("--")]
    options = dict(word[2:].partition("=")[::2] for word in text.split() if word.startswith("--"))
    if len(words) < 2:
        raise instruction.refuse("a source and a destination are wanted")
    *sources, destination = words
    stage = options.get("from", "")
    if any(re.match(r"\w+://|git@", source) for source in sources):
        raise instruction.refuse("only files of the source can be added, no address")
    if stage and {source.rpartition("/")[2] for source in sources} <= UV_FILES:
        return []  # from uv's own image, or a stage of it: uv is at hand
    if stage and stage not in recipe.stages:
        raise instruction.refuse("only a stage of this file can be copied from, or uv's own image")
    into_folder = len(sources) > 1 or destination.endswith("/") or destination in {".", ".."}
    return [Copy(instruction, tuple(sources), inside(recipe.workdir, destination), into_folder, stage)]


def _command(instruction: Instruction) -> list[str]:
    """The command without `uv run` or `poetry run`: what these would see to is there already."""
    words = instruction.json()
    if words is None:
        text = re.sub(r"^(exec\s+)?(uv|poetry) run\s+(--\S+\s+)*", r"\1", instruction.text)
        return ["/bin/sh", "-c", text]
    if words[:2] in (["uv", "run"], ["poetry", "run"]):
        return [*dropwhile(lambda word: word.startswith("--"), words[2:])]
    return words
