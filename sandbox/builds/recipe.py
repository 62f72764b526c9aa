"""What a Dockerfile asks for: a pure reading of its instructions.

RUN lines that install Python dependencies become requirements of a virtual environment; any other is
refused by its number, because nothing here runs as in a container.
"""

import re
import shlex
from dataclasses import dataclass, field

from sandbox.builds.dockerfile import BuildError, Instruction, assignments, inside, substitute

TOOLS = {"pip", "setuptools", "wheel", "uv", "pipx"}  # what installs dependencies is not itself one
WITHOUT_EFFECT = {"EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "SHELL", "MAINTAINER"}


@dataclass(frozen=True)
class Copy:
    """One COPY or local ADD: sources relative to the context, an absolute destination."""

    instruction: Instruction
    sources: tuple[str, ...]
    destination: str
    into_folder: bool


@dataclass(frozen=True)
class Requirement:
    """One command that installs dependencies: uv's own arguments, and the folder it runs in."""

    instruction: Instruction
    tool: str  # pip or sync
    arguments: tuple[str, ...]
    workdir: str


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
        recipe.steps += _requirements(recipe, instruction, text)
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


def _requirements(recipe: Recipe, instruction: Instruction, text: str) -> list[Requirement]:
    found = []
    workdir = recipe.workdir
    without_mounts = re.sub(r"^(--\S+\s+)+", "", text)
    for words in _commands(instruction, without_mounts):
        if words[:1] == ["cd"] and len(words) == 2:
            workdir = inside(workdir, words[1])
            continue
        installs = _installs(words)
        if installs is None:
            raise instruction.refuse(
                "the sandbox runs no commands while building; it only installs Python dependencies "
                "(pip install, uv pip install, uv sync)"
            )
        tool, arguments = installs
        if arguments or tool == "sync":
            found.append(Requirement(instruction, tool, arguments, workdir))
    return found


def _commands(instruction: Instruction, text: str) -> list[list[str]]:
    """The words of each command of a shell line; an operator in quotes is part of a word."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word in {"&&", ";"}:
                commands.append([])
            else:
                commands[-1].append(word)
    except ValueError as error:
        raise instruction.refuse("a quote is not closed") from error
    return [words for words in commands if words]


def _installs(words: list[str]) -> tuple[str, tuple[str, ...]] | None:
    """uv's arguments for a command that installs dependencies, None for any other command."""
    if any(set(word) <= set(";&|") for word in words):
        return None
    if words[:2] == ["uv", "sync"]:
        return "sync", tuple(word for word in words[2:] if _sync_option(word))
    for start in (["pip", "install"], ["pip3", "install"], ["python", "-m", "pip", "install"],
                  ["python3", "-m", "pip", "install"], ["uv", "pip", "install"]):  # fmt: skip
        if words[: len(start)] == start:
            return "pip", _pip_arguments(words[len(start) :])
    return None


def _sync_option(word: str) -> bool:
    return word.startswith(("--no-dev", "--extra", "--group", "--no-group", "--all-extras", "--only-group"))


def _pip_arguments(words: list[str]) -> tuple[str, ...]:
    """The files and packages wanted; what only tells pip how to go about it is uv's own affair here."""
    wanted: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in {"-r", "--requirement", "-c", "--constraint", "--index-url", "-i", "--extra-index-url"}:
            wanted += [word, next(rest, "")]
        elif word.startswith(("--requirement=", "--constraint=", "--require-hashes")):
            wanted.append(word)
        elif word in {"-e", "--editable"} or word.startswith("-"):
            continue
        elif re.split(r"[\[<>=!~ ]", word)[0] not in TOOLS:
            wanted.append(word)
    return tuple(wanted)
