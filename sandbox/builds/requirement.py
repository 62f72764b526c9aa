"""RUN lines that install Python dependencies: what each asks uv for, and where a container would have it."""

import re
from dataclasses import dataclass
from itertools import pairwise

from sandbox.builds.dockerfile import Instruction, inside

TOOLS = {  # what installs dependencies is not itself one
    "pip", "setuptools", "wheel", "uv", "pipx", "virtualenv", "poetry", "poetry-plugin-export"
}  # fmt: skip
SYSTEM = "/usr/local"  # where python images have Python itself
USER = "/root/.local"
ELSEWHERE = ("--prefix", "--root", "--target", "-t", "--wheel-dir", "-w")
WITH_A_VALUE = (
    *ELSEWHERE, "--find-links", "-f", "--cache-dir", "--timeout", "--default-timeout", "--retries",
    "--trusted-host", "--progress-bar", "--python", "--platform", "--no-binary", "--only-binary",
)  # fmt: skip
PIP = re.compile(r"(?:/\S*/)?pip3?(?:\.\d+)?")
PYTHON = re.compile(r"(?:/\S*/)?python3?(?:\.\d+)?")


@dataclass(frozen=True)
class Requirement:
    """One command that installs dependencies: uv's own arguments, and the folder it runs in.

    `place` is the folder that holds them in a container: who copies it to another stage copies them.
    """

    instruction: Instruction
    tool: str  # pip, sync (uv's), poetry or export (Poetry's)
    arguments: tuple[str, ...]
    workdir: str
    place: str = SYSTEM


def requirement(
    instruction: Instruction, words: list[str], *, workdir: str, virtual: str, env: dict[str, str]
) -> Requirement | None:
    """What a command installs; None where it is no such command. `virtual` is the environment in use."""
    if words[:2] == ["uv", "sync"]:
        place = inside(workdir, env.get("UV_PROJECT_ENVIRONMENT", ".venv"))
        return Requirement(instruction, "sync", _sync_arguments(words[2:]), workdir, place)
    rest = _after_pip(words)
    if rest is None:
        return None
    place = virtual or SYSTEM
    if words[0].startswith("/") and words[0].rpartition("/bin/")[0]:
        place = words[0].rpartition("/bin/")[0]
    for word, following in pairwise([*rest, ""]):
        option, _, value = word.partition("=")
        if option in ELSEWHERE:
            place = inside(workdir, value or following)
    if "--user" in rest:
        place = USER
    return Requirement(instruction, "pip", _pip_arguments(rest), workdir, place)


def virtual_environment(words: list[str], workdir: str) -> str | None:
    """Where a command makes a virtual environment, or begins to use one; None for any other command."""
    if words[0] in {".", "source"} and len(words) == 2 and words[1].endswith("/bin/activate"):
        return inside(workdir, words[1].removesuffix("/bin/activate"))
    if PYTHON.fullmatch(words[0]) and words[1:3] == ["-m", "venv"]:
        rest = words[3:]
    elif words[0] == "virtualenv":
        rest = words[1:]
    elif words[:2] == ["uv", "venv"]:
        rest = [*words[2:], ".venv"]
    else:
        return None
    return next((inside(workdir, word) for word in rest if not word.startswith("-")), None)


def _after_pip(words: list[str]) -> list[str] | None:
    """The words that follow `pip install` or `pip wheel` in any of their spellings."""
    if words[:2] == ["uv", "pip"]:
        words = words[1:]
    elif PYTHON.fullmatch(words[0]) and words[1:2] == ["-m"]:
        words = words[2:]
    if PIP.fullmatch(words[0] if words else "") and words[1:2] in (["install"], ["wheel"]):
        return words[2:]
    return None


def _sync_arguments(words: list[str]) -> tuple[str, ...]:
    """What says which dependencies are wanted, each option with its value in one word."""
    found = []
    for word, following in pairwise([*words, ""]):
        name, _, value = word.partition("=")
        if name in {"--no-dev", "--all-extras", "--all-groups", "--only-dev"}:
            found.append(name)
        elif name in {"--extra", "--group", "--no-group", "--only-group"}:
            found.append(f"{name}={value or following}")
    return tuple(found)


def _pip_arguments(words: list[str]) -> tuple[str, ...]:
    """The files and packages wanted; what only tells pip how to go about it is uv's own affair here."""
    wanted: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in {"-r", "--requirement", "-c", "--constraint", "--index-url", "-i", "--extra-index-url"}:
            wanted += [word, next(rest, "")]
        elif word.startswith(("--requirement=", "--constraint=", "--require-hashes")):
            wanted.append(word)
        elif word in WITH_A_VALUE:
            next(rest, "")
        elif word in {"-e", "--editable"} or word.startswith("-"):
            continue
        elif re.split(r"[\[<>=!~ ]", word)[0] not in TOOLS:
            wanted.append(word)
    return tuple(wanted)
