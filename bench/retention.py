"""A retention plan for a vault of many sets and what is next about each: beside passes over the same sets."""

import gc
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench.figure import Figure, Peer, at_most
from bench.progress import tell
from domain.expiry import steps
from domain.recovery_set import Kind, Part, Proof, RecoverySet, State
from domain.retention import plan
from domain.retention_policy import Policy

SETS = 100_000
FEWER = 10  # times
ROUNDS = 5
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
POLICY = Policy(most_percent=100)
LINEAR = 15  # times the time for ten times the sets: some of it is the caches'


def measure(sets: int = SETS) -> Iterator[Figure]:
    """Seconds of the process's own, the best of some rounds; nearly all sets expire, which takes longest."""
    tell(f"retention: {sets:,} sets, {ROUNDS} rounds")
    many, few = vault(sets), vault(sets // FEWER)
    marked = [replace(each, expires_at=NOW) for each in many]
    ways: dict[str, Callable[[], object]] = {
        "plan": lambda: plan(POLICY, many, NOW),
        "fewer": lambda: plan(POLICY, few, NOW),
        "pass": lambda: [each.taken_at.astimezone(UTC).date() for each in many],
        "sort": lambda: sorted(many, key=lambda each: each.taken_at),
        "steps": lambda: steps(plan(POLICY, marked, NOW), NOW),
    }
    best = dict.fromkeys(ways, math.inf)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            best[name] = min(best[name], _seconds(way))
    one_pass = Peer("one pass over the sets, for the day of each", best["pass"])
    yield at_most(
        f"retention: a plan for {sets:,} sets",
        best["plan"],
        "s",
        1,
        one_pass,
        Peer(f"{FEWER} plans for {sets // FEWER:,} each", best["fewer"] * FEWER),
        Peer("sorting them by age", best["sort"]),
    )
    yield at_most(
        f"retention: that plan, to one for {sets // FEWER:,} sets",
        best["plan"] / best["fewer"],
        "times",
        LINEAR,
        Peer("linear", FEWER),
    )
    yield at_most(
        f"retention: plan and steps for {sets:,} sets, nearly all due",
        best["steps"],
        "s",
        5,
        one_pass,
    )


def vault(sets: int) -> list[RecoverySet]:
    """A set an hour, one in thirty proven, three at a time sharing a snapshot, the oldest first."""
    return [_set(number) for number in reversed(range(sets))]


def _set(number: int) -> RecoverySet:
    at = NOW - timedelta(hours=number)
    proven = not number % 30
    return RecoverySet(
        f"{at:%Y%m%d-%H%M%S}",
        at,
        State.PROVEN if proven else State.COMPLETE,
        (
            Part(Kind.DATABASE, (f"projects/p/instances/i/backupRuns/{number}",), at, 1 << 30),
            Part(Kind.SEARCH, (f"vault/snapshot-{number // 3}",), at, 1 << 20),
        ),
        proof=Proof("restore drill", at, timedelta(minutes=20), timedelta(seconds=1)) if proven else None,
    )


def _seconds(way: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    made = way()
    took = time.process_time() - began
    del made
    return took
