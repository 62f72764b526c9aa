"""A YAML file that remembers on which line each of its keys stands."""

from pathlib import Path
from typing import Any

import yaml

from domain.refusal import Problem, Refused, refuse

Place = tuple[int | str, ...]  # the keys and indices that lead to a value


class YamlFile:
    """A file that holds a mapping. Refused if it cannot be read, is not YAML, or has a key twice."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise refuse(
                f"{path}: it cannot be read: {error}", "make it a text file that you may read"
            ) from error
        try:
            self._root = yaml.compose(text, yaml.SafeLoader)
            content = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise refuse(
                self._broken(error), "mend it there; values with : # or @ in them want quotes"
            ) from error
        if not isinstance(self._root, yaml.MappingNode):
            raise refuse(
                f"{path.name}: it is no environment",
                "write keys and their values: project, region, state, vault, service ...",
            )
        twice = list(_twice(self._root, ()))
        if twice:
            raise Refused(
                Problem(f"{self.at(place)}: it is there twice", "keep one of them") for place in twice
            )
        self.content: dict[Any, Any] = content

    def at(self, place: Place) -> str:
        """Where a value stands, for people: FILE, line 12: service.smoke[0].path."""
        words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).strip(".")
        line = self.line(place)
        return f"{self.name}, line {line}: {words}" if line else f"{self.name}: {words}"

    def line(self, place: Place) -> int:
        """The line of the last part of the place that is there; 0 when nothing of it is."""
        node, line = self._root, 0
        for part in place:
            if isinstance(node, yaml.MappingNode):
                found = [pair for pair in node.value if pair[0].value == str(part)]
                if not found:
                    break
                key, node = found[-1]
                line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line

    def _broken(self, error: yaml.YAMLError) -> str:
        if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
            return f"{self.name}, line {error.problem_mark.line + 1}: it is not YAML: {error.problem}"
        return f"{self.name}: it is not YAML: {' '.join(str(error).split())}"


def _twice(node: yaml.Node, place: Place) -> list[Place]:
    """The places of keys that stand twice in one mapping; YAML would let the last one win."""
    found: list[Place] = []
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            here = (*place, str(key.value))
            if here in seen:
                found.append(here)
            seen.add(here)
            found += _twice(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found += _twice(value, (*place, index))
    return found
