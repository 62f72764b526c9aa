"""Lengths of time as environment files write them: a number and its unit."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from domain.refusal import refuse

UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def length(value: Any) -> timedelta:
    """The span that a text such as 8s, 1.5h or 30d names; ValueError, with the remedy, for any other."""
    if isinstance(value, timedelta):
        return value
    text = "" if isinstance(value, bool) else str(value).strip()
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text)
    if match and not match[2]:
        raise ValueError(f"{text} has no unit; write {text}s, {text}m, {text}h or {text}d")
    if not match or match[2] not in UNITS:
        said = "nothing" if value is None else repr(value)
        raise ValueError(f"{said} is no length of time; write a number and ms, s, m, h or d, such as 90s")
    return timedelta(**{UNITS[match[2]]: float(match[1])})


def asked_length(text: str, what: str) -> timedelta:
    """The span that somebody asks for, by the name of what it is.

    Raises:
        Refused: it is none; with the remedy.
    """
    try:
        return length(text)
    except ValueError as error:
        wrong, _, remedy = str(error).partition("; ")
        raise refuse(f"{what}: {wrong}", remedy) from error


def _positive(span: timedelta) -> timedelta:
    if not span:
        raise ValueError("no time at all is too short; write more than 0s")
    return span


Length = Annotated[timedelta, BeforeValidator(length)]
PositiveLength = Annotated[Length, AfterValidator(_positive)]
