"""JSON that must be just what it should be: in one canonical form, and read without a guess.

Every reader raises Malformed.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn


class Malformed(ValueError):
    """What is wrong, and where it stands."""


def canonical(value: Any) -> str:
    """The one text of a value: keys in order, two spaces a level, few escapes, a last newline."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def compact(value: Any) -> str:
    """As short as it can be, and all of it ASCII."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)


def sha256(text: str) -> str:
    """In hexadecimal, of the text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse(text: str) -> Any:
    """The value; a key that is there twice is refused, and so is what is no number."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Malformed(f"it is not JSON: {error}") from error
    except RecursionError as error:
        raise Malformed("it is nested too deep") from error


def members(value: Any, where: str, names: Iterable[str]) -> dict[str, Any]:
    """An object with just these keys."""
    expected = set(names)
    found = mapping(value, where)
    if found.keys() == expected:
        return found
    for missing in sorted(expected - set(found)):
        raise Malformed(f"{where} has no {missing!r}")
    for unknown in sorted(set(found) - expected):
        raise Malformed(f"{where} has {unknown!r}, which is unknown")
    return found


def mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{where} is no object")
    return value


def items(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"{where} is no list")
    return value


def text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{where} is no text")
    return value


def texts(value: Any, where: str) -> tuple[str, ...]:
    found = items(value, where)
    if all(type(item) is str for item in found):
        return tuple(found)
    return tuple(text(item, f"{where}[{place}]") for place, item in enumerate(found))


def whole(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{where} is no whole number")
    return value


def span(value: Any, where: str) -> timedelta:
    """What `seconds` made."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Malformed(f"{where} is no number of seconds")
    try:
        return timedelta(seconds=value)
    except OverflowError as error:
        raise Malformed(f"{where} is more seconds than can be counted") from error


def seconds(value: timedelta) -> float:
    return value.total_seconds()


def instant(value: Any, where: str) -> datetime:
    """What `iso` made: in UTC."""
    try:
        at = datetime.fromisoformat(text(value, where))
    except ValueError as error:
        raise Malformed(f"{where} is no instant: {value!r}") from error
    if at.utcoffset() is None:
        raise Malformed(f"{where} has no time zone: {value!r}")
    return at


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise Malformed(f"{next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_without_doubles, parse_constant=_no_number)  # made once
