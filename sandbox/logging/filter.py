"""The Logging query language, as far as the sandbox speaks it.

Comparisons (= != < <= > >= : =~ !~) of a field path with a value, AND, OR, NOT, -, parentheses, and
comparisons side by side, which mean AND (https://cloud.google.com/logging/docs/view/logging-query-language).
Anything else is INVALID_ARGUMENT: bare words, functions, lists of values.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kernel.state import Document
from sandbox.logging.comparison import TIMES, comparison, time
from sandbox.logging.tokens import tokens, unparseable

Predicate = Callable[[Document], bool]


@dataclass(frozen=True)
class Filter:
    """What a filter admits, and the span of timestamps outside of which it admits nothing."""

    admits: Predicate
    since: str
    until: str


def parse(text: str) -> Filter:
    """Read a filter; RpcError (INVALID_ARGUMENT) on what is not of the language."""
    parser = _Parser(tokens(text))
    admits = parser.everything()
    return Filter(admits, parser.since, parser.until)


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
            raise unparseable(self.tokens[0][1])
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
            raise unparseable("end of filter")
        kind, text = self.tokens.pop(0)
        if (kind, text) in {("word", "NOT"), ("operator", "-")}:
            self._depth += 1
            inner = self._term()
            self._depth -= 1
            return lambda entry: not inner(entry)
        if (kind, text) == ("operator", "("):
            inner = self._conjunction()
            if not self.tokens or self.tokens.pop(0) != ("operator", ")"):
                raise unparseable("a parenthesis is not closed")
            return inner
        if kind == "operator" or len(self.tokens) < 2 or self.tokens[0][0] != "operator":
            raise unparseable(text)
        return self._comparison(text)

    def _comparison(self, path: str) -> Predicate:
        operator = self.tokens.pop(0)[1]
        kind, raw = self.tokens.pop(0)
        if operator in {"(", ")", "-"} or kind == "operator":
            raise unparseable(raw)
        value = re.sub(r"\\(.)", r"\1", raw[1:-1]) if kind == "string" else raw
        if path in TIMES:
            value = time(value)
        if path == "timestamp" and not self._depth:
            self._bound(operator, value)
        return comparison(path, operator, value)

    def _bound(self, operator: str, value: str) -> None:
        if operator in {">", ">=", "="}:
            self.since = max(self.since, value)
        if operator in {"<", "<=", "="}:
            self.until = min(self.until, value)

    def _next_is(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0] == ("word", word)
