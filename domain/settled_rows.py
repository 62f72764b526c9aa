"""Rows that do not change any more, on two databases: sums of them by span of time, and where they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

SPANS = 24  # into which the time that is compared is divided, to say where something differs


@dataclass(frozen=True)
class RowSum:
    """So many rows, and the sum of their hashes, which does not depend on their order."""

    rows: int
    hash: int


NONE = RowSum(0, 0)
Sums = Mapping[int, RowSum]  # by the number of the span, from 1


@dataclass(frozen=True)
class Span:
    """From an instant to before another."""

    begin: datetime
    end: datetime

    def part(self, number: int) -> "Span":
        """One of its spans, from 1."""
        one = (self.end - self.begin) / SPANS
        return Span(self.begin + (number - 1) * one, self.begin + number * one)

    def __str__(self) -> str:
        return f"{self.begin:%Y-%m-%d %H:%M:%S} to {self.end:%Y-%m-%d %H:%M:%S} UTC"


def settled_before(cut: datetime, after: timedelta, within: timedelta) -> Span:
    """The rows that were old enough at the cut, and not older than asked for."""
    return Span(cut - after - within, cut - after)


def rows(sums: Sums) -> int:
    return sum(each.rows for each in sums.values())


def difference(span: Span, source: Sums, restored: Sums) -> str:
    """Where the two differ, in a sentence; empty where they are equal."""
    unlike = [
        number
        for number in sorted(source.keys() | restored.keys())
        if source.get(number, NONE) != restored.get(number, NONE)
    ]
    if not unlike:
        return ""
    first = unlike[0]
    here, there = source.get(first, NONE), restored.get(first, NONE)
    what = (
        f"{there.rows:,} rows, and the source has {here.rows:,}"
        if here.rows != there.rows
        else f"{there.rows:,} rows as the source has, and other content"
    )
    more = f", and {len(unlike) - 1} more of {SPANS} spans differ" if len(unlike) > 1 else ""
    return f"{span.part(first)}: {what}{more}"
