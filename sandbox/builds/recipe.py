"""What a Dockerfile asks for: a pure reading of its instructions.

RUN lines that install Python dependencies become requirements of a virtual environment; any other is
refused by its number, because nothing here runs as in a container.
"""

import re
from dataclasses import dataclass, field

from sandbox.builds.dockerfile import BuildError, Instruction, assignments, inside, substitute
from sandbox.builds.requirement import Requirement, requirements

WITHOUT_EFFECT = {"EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "SHELL", "MAINTAINER"}


@dataclass(frozen=True)
class Copy:
    """One COPY or local ADD: sources relative to the context, an absolute destination."""

    instruction: Instruction
    sources: tuple[str, ...]
    destination: str
    into_folder: bool


@dataclass
class Recipe:
    """Everything that makes the image but the files themselves."""

    python: str = ""
    steps: list[Copy | Requirement] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    cmd: list[str] = field(default_factory=list)
    workdir: str = "/"
    user: str = ""
    exposed: list[str] = field(default_factory=list)
    healthcheck: str = ""


def read(instructions: list[Instruction]) -> Recipe:
    """The recipe of a Dockerfile; BuildError, with the line, on what the sandbox does not build."""
    recipe = Recipe()
    args: dict[str, str] = {}
    for instruction in instructions:
        if not recipe.python and instruction.keyword not in {"FROM", "ARG"}:
            raise instruction.refuse("a Dockerfile begins with FROM")
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
    if keyword == "FROM":
        _from(recipe, instruction, text)
    elif keyword == "ARG":
        name, _, default = text.partition("=")
        args.setdefault(name, default.strip("\"'"))
    elif keyword == "ENV":
        recipe.env |= assignments(Instruction(instruction.line, keyword, text))
    elif keyword == "WORKDIR":
        recipe.workdir = inside(recipe.workdir, text)
    elif keyword in {"COPY", "ADD"}:
        recipe.steps.append(_copy(recipe, instruction, text))
    elif keyword == "RUN":
        recipe.steps += requirements(instruction, text, recipe.workdir)
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


def _from(recipe: Recipe, instruction: Instruction, text: str) -> None:
    image = re.sub(r"--platform=\S+\s*", "", text).partition(" ")[0]
    match = re.search(r"(?:^|/)python:(\d+\.\d+|\d+)?", image)
    if recipe.python:
        raise instruction.refuse("the sandbox builds a single stage; a second FROM is not followed")
    if not match and not re.search(r"(?:^|/)python$", image):
        raise instruction.refuse("the sandbox builds on a python base alone, such as python:3.12-slim")
    recipe.python = (match and match[1]) or "3"


def _copy(recipe: Recipe, instruction: Instruction, text: str) -> Copy:
    words = [word for word in (instruction.json() or text.split()) if not word.startswith("--")]
    flags = [word for word in text.split() if word.startswith("--")]
    if any(flag.startswith("--from=") for flag in flags):
        raise instruction.refuse("the sandbox builds a single stage; nothing can be copied from another")
    if len(words) < 2:
        raise instruction.refuse("a source and a destination are wanted")
    *sources, destination = words
    if any(re.match(r"\w+://|git@", source) for source in sources):
        raise instruction.refuse("only files of the source can be added, no address")
    into_folder = len(sources) > 1 or destination.endswith("/") or destination in {".", ".."}
    return Copy(instruction, tuple(sources), inside(recipe.workdir, destination), into_folder)


def _command(instruction: Instruction) -> list[str]:
    return instruction.json() or ["/bin/sh", "-c", instruction.text]
