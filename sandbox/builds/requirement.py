"""RUN lines that install Python dependencies: what each asks uv for. Any other command is refused."""

import re
import shlex
from dataclasses import dataclass

from sandbox.builds.dockerfile import Instruction, inside

TOOLS = {"pip", "setuptools", "wheel", "uv", "pipx"}  # what installs dependencies is not itself one


@dataclass(frozen=True)
class Requirement:
    """One command that installs dependencies: uv's own arguments, and the folder it runs in."""

    instruction: Instruction
    tool: str  # pip or sync
    arguments: tuple[str, ...]
    workdir: str


def requirements(instruction: Instruction, text: str, workdir: str) -> list[Requirement]:
    """The requirements of a RUN line that starts in that folder; BuildError where it does anything else."""
    found = []
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
