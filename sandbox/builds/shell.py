"""RUN lines, command by command: what each asks for. Nothing is run; what is not known is refused."""

import re
import shlex
from dataclasses import dataclass

from sandbox.builds import poetry
from sandbox.builds.dockerfile import Instruction, inside
from sandbox.builds.requirement import Requirement, requirement, virtual_environment

# There are no users but root and not root, and whose a file is does not matter.
WITHOUT_EFFECT = {"useradd", "adduser", "groupadd", "addgroup", "usermod", "chown", "set"}
OPERATORS = set(";&|<>")
NOT_RUN = (
    "the sandbox runs no commands while building; it only installs Python dependencies "
    "(pip install, uv pip install, uv sync, poetry install)"
)
EXECUTABLE = re.compile(r"[augo]*\+r?x|0?[1357][0-7][0-7]")


@dataclass(frozen=True)
class Folders:
    """`mkdir`: folders of the image, by their absolute paths."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Executable:
    """`chmod +x`: files of the image that can be started."""

    instruction: Instruction
    paths: tuple[str, ...]


Command = Requirement | Folders | Executable


def commands(
    instruction: Instruction, text: str, *, workdir: str, virtual: str, env: dict[str, str]
) -> tuple[list[Command], str]:
    """What a RUN line asks for, and the virtual environment in use after it. BuildError on the rest."""
    found: list[Command] = []
    for words in _split(instruction, re.sub(r"^(--\S+\s+)+", "", text)):
        own = f"{' '.join(words)}: " if " ".join(words) != text.strip() else ""
        if any(set(word) <= OPERATORS for word in words):
            raise instruction.refuse(f"{own}{NOT_RUN}")
        if words[0] == "cd" and len(words) == 2:
            workdir = inside(workdir, words[1])
        elif place := virtual_environment(words, workdir):
            virtual = place
        elif installs := requirement(instruction, words, workdir=workdir, virtual=virtual, env=env):
            if installs.arguments or installs.tool == "sync":
                found.append(installs)
        elif locked := poetry.requirement(instruction, words, workdir=workdir, virtual=virtual, env=env):
            found.append(locked)
        elif words[0] == "mkdir" and "-m" not in words:
            found.append(Folders(_paths(words[1:], workdir)))
        elif words[0] == "chmod" and EXECUTABLE.fullmatch(_plain(words[1:])[0]):
            found.append(Executable(instruction, _paths(_plain(words[1:])[1:], workdir)))
        elif words[0] not in WITHOUT_EFFECT and words[:2] != ["poetry", "config"]:
            raise instruction.refuse(f"{own}{NOT_RUN}")
    return found, virtual


def _plain(words: list[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")] or [""]


def _paths(words: list[str], workdir: str) -> tuple[str, ...]:
    return tuple(inside(workdir, word) for word in _plain(words))


def _split(instruction: Instruction, text: str) -> list[list[str]]:
    """The words of each command of a shell line; an operator in quotes is part of a word."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    found: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word in {"&&", ";"}:
                found.append([])
            else:
                found[-1].append(word)
    except ValueError as error:
        raise instruction.refuse("a quote is not closed") from error
    return [words for words in found if words]
