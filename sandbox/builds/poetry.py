"""Poetry: what its lock holds is told by Poetry itself, as pip's names and versions; uv installs those."""

from itertools import pairwise
from pathlib import Path

from sandbox.builds.dockerfile import Instruction, inside
from sandbox.builds.requirement import SYSTEM, Requirement

PINNED = ("poetry==2.2.1", "poetry-plugin-export==1.9.0")
ENVIRONMENT = {"POETRY_VIRTUALENVS_CREATE": "false"}  # nor is one needed to read a lock
GROUPS = ("--only", "--with", "--without", "--extras", "-E", "--all-extras", "--all-groups")


def requirement(
    instruction: Instruction, words: list[str], *, workdir: str, virtual: str, env: dict[str, str]
) -> Requirement | None:
    """What `poetry install` installs, or `poetry export` lists; None for any other command.

    A list lies in its file: who copies the file copies what it lists, and need not install it by its name.
    """
    asked = _groups(words[2:])
    if words[:2] == ["poetry", "install"]:
        in_project = env.get("POETRY_VIRTUALENVS_IN_PROJECT", "").lower() in {"1", "true"}
        place = inside(workdir, ".venv") if in_project else virtual or SYSTEM
        return Requirement(instruction, "poetry", asked or ("--all-groups",), workdir, place)
    if words[:2] == ["poetry", "export"]:
        file = next((value for name, value in _pairs(words[2:]) if name in {"-o", "--output"}), "")
        return Requirement(instruction, "export", asked, workdir, inside(workdir, file)) if file else None
    return None


def export(arguments: tuple[str, ...], file: Path) -> list[str]:
    """uv's arguments for a Poetry that writes its list of those groups into the file."""
    poetry, plugin = PINNED
    how = ["--format", "requirements.txt", "--without-hashes", "--output", str(file)]
    return ["tool", "run", "--from", poetry, "--with", plugin, "poetry", "export", *how, *arguments]


def _groups(words: list[str]) -> tuple[str, ...]:
    """The options that say what is wanted, each in one word; --no-dev is what --only=main was called."""
    found = [f"{name}={value}" if value else name for name, value in _pairs(words) if name in GROUPS]
    return (*found, "--only=main") if "--no-dev" in words else tuple(found)


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """Options with their values, wherever these stand: in the same word or in the next."""
    pairs = []
    for word, following in pairwise([*words, ""]):
        name, _, value = word.partition("=")
        pairs.append((name, value or ("" if following.startswith("-") else following)))
    return pairs
