"""Comparing a field of an entry with a value, as the Logging query language does."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.kernel.clock import instant, stamp
from sandbox.kernel.state import Document
from sandbox.logging.tokens import unparseable

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
TIMES = {"timestamp", "receiveTimestamp"}


def comparison(path: str, operator: str, value: str) -> Callable[[Document], bool]:
    """Whether an entry's field is so; RpcError where the value is none that the field could have."""
    parts = _path(path)
    compare = _comparator(path, operator, value)
    return lambda entry: compare(_field(entry, parts))


def time(text: str) -> str:
    """An instant as entries carry it; RpcError where the text is none."""
    try:
        return stamp(instant(text))
    except ValueError as error:
        raise unparseable(text) from error


def _path(text: str) -> tuple[str, ...]:
    return tuple(part.strip('"') for part in re.findall(r'"[^"]*"|[^.]+', text))


def _field(entry: Document, path: tuple[str, ...]) -> Any:
    value: Any = entry
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _comparator(path: str, operator: str, value: str) -> Callable[[Any], bool]:
    if operator == ":":
        return lambda found: found is not None and (value == "*" or value.lower() in str(found).lower())
    if operator in {"=~", "!~"}:
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise unparseable(value) from error
        return lambda found: (found is not None and bool(pattern.search(str(found)))) is (operator == "=~")
    if operator in {"=", "!="}:
        return lambda found: _equal(found, value) is (operator == "=")
    order = {"<": -1, ">": 1}[operator[0]]
    rank = _rank(path)
    bound = rank(value)
    if bound is None:
        raise unparseable(value)

    def compare(found: Any) -> bool:
        place = None if found is None else rank(found)
        if place is None:
            return False
        sign = int(place > bound) - int(place < bound)
        return sign == order or (sign == 0 and operator.endswith("="))

    return compare


def _rank(path: str) -> Callable[[Any], Any]:
    """How values of that field are ordered: as instants, severities or numbers."""
    if path in TIMES:
        return lambda value: value
    if path == "severity":
        return lambda value: SEVERITIES.index(value) if value in SEVERITIES else None

    def number(value: Any) -> float | None:
        try:
            return float(str(value).removesuffix("s"))
        except ValueError:
            return None

    return number


def _equal(found: Any, value: str) -> bool:
    if isinstance(found, bool):
        return str(found).lower() == value.lower()
    if isinstance(found, int | float):
        return str(found) == value
    return found is not None and str(found) == value
