"""Reading a Dockerfile: its instructions, each with the number of its first line."""

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath


class BuildError(Exception):
    """Why a source does not become an image: the line, where it is a line's fault, and what to do."""


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continuation lines joined."""

    line: int
    keyword: str
    text: str

    def refuse(self, why: str) -> BuildError:
        return BuildError(f"Dockerfile line {self.line}: {self.keyword} {self.text}: {why}")

    def words(self) -> list[str]:
        """The exec form's list, or None's place taken by the words of the shell form."""
        return self.json() or self.text.split()

    def json(self) -> list[str] | None:
        """The list of the exec form; None in the shell form."""
        if not self.text.startswith("["):
            return None
        try:
            parts = json.loads(self.text)
        except ValueError:
            return None
        return parts if all(isinstance(part, str) for part in parts) else None


def parse(text: str) -> list[Instruction]:
    """The instructions in order; BuildError on what is not a Dockerfile."""
    instructions: list[Instruction] = []
    start, joined = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = start if joined else number
        if line.endswith("\\"):
            joined += line[:-1].rstrip() + " "
            continue
        keyword, _, rest = (joined + line).partition(" ")
        joined = ""
        instruction = Instruction(start, keyword.upper(), rest.strip())
        if "<<" in rest and instruction.keyword in {"RUN", "COPY", "ADD"}:
            raise instruction.refuse(
                "here-documents are not understood; put the content into a file and COPY it"
            )
        instructions.append(instruction)
    if joined:
        raise BuildError(f"Dockerfile line {start}: the last line ends in a backslash, nothing follows")
    if not instructions:
        raise BuildError("Dockerfile: no instruction in it")
    return instructions


def substitute(text: str, values: dict[str, str]) -> str:
    """$NAME, ${NAME}, ${NAME:-default} and ${NAME:+other}, as Docker replaces them."""

    def value(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        known = values.get(match["plain"] or match["name"], "")
        if match["operator"] == ":-":
            return known or match["other"]
        if match["operator"] == ":+":
            return match["other"] if known else ""
        return known

    pattern = (
        r"(?P<escaped>\\\$)|\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<operator>:[-+])(?P<other>[^}]*))?\})"
    )
    return re.sub(pattern, value, text)


def assignments(instruction: Instruction) -> dict[str, str]:
    """The pairs of an ENV or LABEL, in either of its two forms."""
    text = instruction.text
    if not re.match(r"[\w.-]+=", text):
        name, _, value = text.partition(" ")
        if not value:
            raise instruction.refuse("write it as NAME=value")
        return {name: value.strip()}
    pairs = re.findall(r"""([\w.-]+)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)""", text)
    return {name: re.sub(r"\\(.)", r"\1", value.replace('"', "").replace("'", "")) for name, value in pairs}


def inside(workdir: str, path: str) -> str:
    """A container path made absolute and plain."""
    parts: list[str] = []
    for part in PurePosixPath(workdir, path).parts[1:]:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/" + "/".join(parts)
