"""The filter of a list of backups, as the discovery document of Cloud SQL Admin describes it."""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.kernel.clock import instant
from sandbox.kernel.errors import RpcError
from sandbox.kernel.state import Document

TERM = re.compile(r'\s*(?:AND\s+)?([\w.]+)\s*(<=|>=|!=|=|:|<|>)\s*("[^"]*"|[^\s"]+)\s*')
EQUAL: dict[str, Callable[[Any, Any], bool]] = {
    ":": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
}
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TEXTS = ("instance", "type", "location")
TIMES = ("backupInterval.startTime", "instanceDeletionTime")

Filter = Callable[[Document], bool]


def parsed(text: str) -> Filter:
    """What the filter admits, of backups as the API tells them. RpcError for what is no such filter.

    Terms are joined by a space or by AND; of OR, NOT and parentheses the documents say nothing.
    """
    terms: list[Filter] = []
    at = 0
    while at < len(text):
        match = TERM.match(text, at)
        if not match:
            raise RpcError("INVALID_ARGUMENT", f"Invalid filter: {text[at:]!r}")
        terms.append(_term(match[1], match[2], match[3].strip('"')))
        at = match.end()
    return lambda backup: all(term(backup) for term in terms)


def _term(field: str, comparison: str, operand: str) -> Filter:
    if field in TEXTS and comparison in EQUAL:
        compare = EQUAL[comparison]
        return lambda backup: compare(backup.get(field, ""), operand)
    if field in TIMES and comparison in EQUAL | ORDER:
        compare, wanted = (EQUAL | ORDER)[comparison], _instant(operand)
        return lambda backup: (found := _found(backup, field)) is not None and compare(found, wanted)
    raise RpcError("INVALID_ARGUMENT", f"Invalid filter: {field} {comparison}")


def _instant(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError as error:
        raise RpcError("INVALID_ARGUMENT", f"Invalid filter: {error}") from error


def _found(backup: Document, field: str) -> datetime | None:
    """The instant at that path, or None where the backup has none."""
    value: Any = backup
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return instant(value) if value else None
