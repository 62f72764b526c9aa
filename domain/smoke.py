"""Smoke checks: what to ask of a revision, and whether its answer is the one wanted.

Texts may hold names in braces: {unique} is another text in every run, and a check may remember parts of its
answer under names of its own, so that what was written can be read back by the next check.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Check:
    """One request, and what its answer has to be.

    `expect` maps paths into the JSON answer (`items.0.id`; `*` is any element) to the value wanted there.
    `within` bounds one answer; `eventually` is how long it may take until the answer is the one wanted.
    """

    name: str
    path: str
    method: str = "GET"
    body: Any = None
    status: int = 200
    expect: Mapping[str, Any] = field(default_factory=dict)
    remember: Mapping[str, str] = field(default_factory=dict)
    within: timedelta = timedelta(seconds=5)
    eventually: timedelta = timedelta(0)


@dataclass(frozen=True)
class Answer:
    """What came back: status, text, how long it took."""

    status: int
    text: str
    took: timedelta


class SmokeFailed(Exception):
    """A revision did not answer as it should."""


def filled(check: Check, memory: Mapping[str, Any]) -> Check:
    """The check with every name in braces replaced by what is remembered under it. KeyError for no such."""
    return replace(
        check,
        path=_fill(check.path, memory),
        body=_fill(check.body, memory),
        expect={path: _fill(value, memory) for path, value in check.expect.items()},
    )


def names_used(check: Check) -> set[str]:
    """The names in braces that a check needs."""
    text = json.dumps([check.path, check.body, dict(check.expect)], ensure_ascii=False)
    return set(re.findall(r"\{(\w+)\}", text))


def faults(check: Check, answer: Answer) -> list[str]:
    """What is wrong with an answer; nothing, if it is the one wanted. A status of 0 is no answer at all."""
    asked = f"{check.method} {check.path}"
    if answer.status == 0:
        return [f"{asked}: {_excerpt(answer.text)}"]
    found = []
    if answer.status != check.status:
        found.append(f"{asked}: {answer.status} where {check.status} is wanted: {_excerpt(answer.text)}")
    elif check.expect:
        found += [f"{asked}: {fault}" for fault in _unexpected(check, answer.text)]
    if answer.took > check.within:
        took, most = answer.took.total_seconds(), check.within.total_seconds()
        found.append(f"{asked}: answered after {took:.2f} s, the limit is {most:g} s")
    return found


def remembered(check: Check, answer: Answer) -> dict[str, Any]:
    """What the check wants to know of its answer later. ValueError when it is not in it."""
    if not check.remember:
        return {}
    try:
        content = json.loads(answer.text)
    except ValueError as error:
        raise ValueError(f"{check.method} {check.path}: {_not_json(answer.text)}") from error
    memory = {}
    for name, path in check.remember.items():
        values = _at(content, path.split("."))
        if not values:
            raise ValueError(f"{check.method} {check.path}: nothing at {path} in {_excerpt(answer.text)}")
        memory[name] = values[0]
    return memory


def _unexpected(check: Check, text: str) -> list[str]:
    try:
        content = json.loads(text)
    except ValueError:
        return [_not_json(text)]
    return [
        f"{path} is {_excerpt(', '.join(map(_json, found))) if found else 'not there'} "
        f"where {_json(wanted)} is wanted"
        for path, wanted in check.expect.items()
        if wanted not in (found := _at(content, path.split(".")))
    ]


def _at(content: Any, path: list[str]) -> list[Any]:
    """All values that a path leads to: one at most, unless it has a star in it."""
    if not path:
        return [content]
    head, *rest = path
    if isinstance(content, list):
        if head == "*":
            return [value for item in content for value in _at(item, rest)]
        return _at(content[int(head)], rest) if head.isdecimal() and int(head) < len(content) else []
    if isinstance(content, dict) and head in content:
        return _at(content[head], rest)
    return []


def _fill(value: Any, memory: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        whole = re.fullmatch(r"\{(\w+)\}", value)
        if whole:
            return memory[whole[1]]  # keeps numbers numbers
        return re.sub(r"\{(\w+)\}", lambda match: str(memory[match[1]]), value)
    if isinstance(value, list):
        return [_fill(item, memory) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, memory) for key, item in value.items()}
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _not_json(text: str) -> str:
    return f"the answer is not JSON: {_excerpt(text)}"


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return (line if len(line) <= 160 else f"{line[:157]}...") or "(empty)"
