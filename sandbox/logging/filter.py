"""The Logging query language, as far as the sandbox speaks it.

Comparisons (= != < <= > >= : =~ !~) of a field path with a value, AND, OR, NOT, -, parentheses, and
comparisons side by side, which mean AND (https://cloud.google.com/logging/docs/view/logging-query-language).
Anything else is INVALID_ARGUMENT: bare words, functions, lists of values.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.clock import instant, stamp
from sandbox.kernel.errors import RpcError
from sandbox.kernel.state import Document

Predicate = Callable[[Document], bool]

TOKEN = re.compile(
    r"""\s*(?:--[^\n]*\n\s*)*(?:
      (?P<operator><=|>=|!=|=~|!~|[=<>:()-])
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<word>[^\s=<>!:()"]+(?:\.?"[^"]*"[^\s=<>!:()"]*)*)
    )""",
    re.VERBOSE,
)
SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
TIMES = {"timestamp", "receiveTimestamp"}


@dataclass(frozen=True)
class Filter:
    """What a filter admits, and the span of timestamps outside of which it admits nothing."""

    admits: Predicate
    since: str
    until: str


def parse(text: str) -> Filter:
    """Read a filter; RpcError (INVALID_ARGUMENT) on what is not of the language."""
    parser = _Parser(_tokens(text))
    admits = parser.everything()
    return Filter(admits, parser.since, parser.until)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match or match.lastgroup is None:
            raise _unparseable(text[position:])
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.since, self.until = "", "9999"
        self._depth = 0  # inside OR and NOT a timestamp bounds nothing

    def everything(self) -> Predicate:
        if not self.tokens:
            return lambda _: True
        predicate = self._conjunction()
        if self.tokens:
            raise _unparseable(self.tokens[0][1])
        return predicate

    def _conjunction(self) -> Predicate:
        parts = [self._disjunction()]
        while self.tokens and self.tokens[0] != ("operator", ")"):
            if self._next_is("AND"):
                self.tokens.pop(0)
            parts.append(self._disjunction())
        return lambda entry: all(part(entry) for part in parts)

    def _disjunction(self) -> Predicate:
        """In this language OR binds tighter than AND."""
        is_or = self._or_follows()
        self._depth += is_or
        parts = [self._term()]
        while self._next_is("OR"):
            self.tokens.pop(0)
            parts.append(self._term())
        self._depth -= is_or
        return lambda entry: any(part(entry) for part in parts)

    def _or_follows(self) -> bool:
        depth = 0
        for kind, text in self.tokens:
            if (kind, text) == ("operator", "("):
                depth += 1
            elif (kind, text) == ("operator", ")"):
                depth -= 1
            if depth < 0 or (depth == 0 and kind == "word" and text == "AND"):
                return False
            if depth == 0 and kind == "word" and text == "OR":
                return True
        return False

    def _term(self) -> Predicate:
        if not self.tokens:
            raise _unparseable("end of filter")
        kind, text = self.tokens.pop(0)
        if (kind, text) in {("word", "NOT"), ("operator", "-")}:
            self._depth += 1
            inner = self._term()
            self._depth -= 1
            return lambda entry: not inner(entry)
        if (kind, text) == ("operator", "("):
            inner = self._conjunction()
            if not self.tokens or self.tokens.pop(0) != ("operator", ")"):
                raise _unparseable("a parenthesis is not closed")
            return inner
        if kind == "operator" or len(self.tokens) < 2 or self.tokens[0][0] != "operator":
            raise _unparseable(text)
        return self._comparison(text)

    def _comparison(self, path: str) -> Predicate:
        operator = self.tokens.pop(0)[1]
        kind, raw = self.tokens.pop(0)
        if operator in {"(", ")", "-"} or kind == "operator":
            raise _unparseable(raw)
        value = re.sub(r"\\(.)", r"\1", raw[1:-1]) if kind == "string" else raw
        if path in TIMES:
            value = _time(value)
        if path == "timestamp" and not self._depth:
            self._bound(operator, value)
        parts = _path(path)
        compare = _comparator(path, operator, value)
        return lambda entry: compare(_field(entry, parts))

    def _bound(self, operator: str, value: str) -> None:
        if operator in {">", ">=", "="}:
            self.since = max(self.since, value)
        if operator in {"<", "<=", "="}:
            self.until = min(self.until, value)

    def _next_is(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0] == ("word", word)


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
            raise _unparseable(value) from error
        return lambda found: (found is not None and bool(pattern.search(str(found)))) is (operator == "=~")
    if operator in {"=", "!="}:
        return lambda found: _equal(found, value) is (operator == "=")
    order = {"<": -1, ">": 1}[operator[0]]
    rank = _rank(path)
    bound = rank(value)
    if bound is None:
        raise _unparseable(value)

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


def _time(text: str) -> str:
    try:
        return stamp(instant(text))
    except ValueError as error:
        raise _unparseable(text) from error


def _unparseable(near: str) -> RpcError:
    return RpcError("INVALID_ARGUMENT", f"Unparseable filter: syntax error near {near[:60]!r}.")
