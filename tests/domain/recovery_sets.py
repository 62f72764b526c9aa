"""Recovery sets to decide about: by hand for tables, drawn for properties."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.recovery_set import Copy, Kind, Part, Pin, Proof, RecoverySet, State, Window
from domain.retention_policy import Policy

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)  # a Sunday, the last day of week 2026-W47
DAY = timedelta(days=1)
YEAR = 366 * DAY

INCOMPLETE, COMPLETE, CHECKED, PROVEN = State


def proof(at: datetime = NOW) -> Proof:
    return Proof("restore drill 7", at, timedelta(minutes=41), timedelta(seconds=3.5))


def taken(days: float, state: State = COMPLETE, *, name: str = "", **fields: Any) -> RecoverySet:
    """A set taken so many days before NOW, with a database backup and a search snapshot of its own."""
    at = NOW - days * DAY
    name = name or f"{days:g} d"
    parts = (
        Part(Kind.DATABASE, (f"backup of {name}",), at, 2_000),
        Part(Kind.SEARCH, (f"snapshot of {name}",), at, 300),
    )
    proven = proof(at) if state is PROVEN else None
    return RecoverySet(name, at, state, **{"parts": parts, "proof": proven, **fields})


def pin(days: float, why: str = "audit") -> Pin:
    """Until so many days after NOW."""
    return Pin("ana", why, NOW + days * DAY)


INSTANTS = st.integers(-800 * 24, 400 * 24).map(lambda hours: NOW + timedelta(hours=hours))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
REFERENCES = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=3, unique=True).map(tuple)
SPANS = st.timedeltas(timedelta(0), timedelta(days=30))


def parts(references: st.SearchStrategy[tuple[str, ...]] = REFERENCES) -> st.SearchStrategy[Part]:
    return st.builds(Part, st.sampled_from(Kind), references, INSTANTS, st.none() | st.integers(0, 2**50))


PINS = st.builds(Pin, TEXT, TEXT, INSTANTS)
PROOFS = st.builds(Proof, TEXT, INSTANTS, SPANS, st.none() | SPANS)
COPIES = st.builds(Copy, TEXT, REFERENCES)
WINDOWS = st.lists(INSTANTS, min_size=2, max_size=2).map(lambda pair: Window(min(pair), max(pair)))


@st.composite
def recovery_sets(draw: st.DrawFn) -> RecoverySet:
    """Any set, with anything in its fields."""
    state = draw(st.sampled_from(State))
    expires_at = draw(st.none() | INSTANTS)
    return RecoverySet(
        draw(TEXT),
        draw(INSTANTS),
        state,
        tuple(draw(st.lists(parts(), min_size=1, max_size=3))),
        proof=draw(PROOFS) if state is PROVEN else None,
        window=draw(st.none() | WINDOWS),
        copies=tuple(draw(st.lists(COPIES, max_size=1))),
        pins=tuple(draw(st.lists(PINS, max_size=1))),
        manifest_sha256=draw(st.sampled_from(["", "ab12"])),
        expires_at=expires_at,
        deleting=expires_at is not None and draw(st.booleans()),
        holds=tuple(draw(st.lists(TEXT, max_size=1))),
        locked_until=draw(st.none() | INSTANTS),
        used_by=tuple(draw(st.lists(TEXT, max_size=1))),
    )


def catalogues(latest: int = 0) -> st.SearchStrategy[list[RecoverySet]]:
    """Sets of one vault, taken up to so many days after NOW: each with an id of its own, some sharing parts.

    What a set is like is drawn as one number, as a draw for each of its fields takes minutes.
    """
    one = st.tuples(st.integers(-latest * 24, 800 * 24), st.integers(0, 2**27 - 1))
    return st.lists(one, max_size=14).map(lambda drawn: [_decoded(n, *each) for n, each in enumerate(drawn)])


def _decoded(number: int, hours: int, traits: int) -> RecoverySet:
    def choose(*choices: Any) -> Any:
        nonlocal traits
        traits, place = divmod(traits, len(choices))
        return choices[place]

    at = NOW - timedelta(hours=hours)
    state = choose(*State)
    shared = "abcdefgh"
    made = (
        Part(Kind.DATABASE, (choose(*shared[:4], f"backup {number}"),), at),
        Part(Kind.SEARCH, (choose(*shared), f"snapshot {number}"), at),
    )
    expires_at = choose(None, None, NOW - DAY, NOW + DAY / 2, NOW + YEAR)
    return RecoverySet(
        f"set {number}",
        at,
        state,
        made[: choose(1, 2)],
        proof=proof(at) if state is PROVEN else None,
        copies=choose((), (Copy("europe", (f"copy {number}",)),)),
        expires_at=expires_at,
        deleting=choose(False, False, expires_at is not None),
        locked_until=choose(None, None, None, NOW - DAY, NOW + 5 * DAY),
        pins=choose(*[()] * 8, (pin(9),), (pin(-9),)),
        holds=choose(*[()] * 11, ("temporary hold",)),
        used_by=choose(*[()] * 11, ("dr drill 9",)),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    minimum, minimum_proven = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    least = max(minimum, minimum_proven)
    return Policy(
        all_for=draw(st.integers(1, 60)) * DAY,
        weekly=draw(st.integers(0, 6)),
        monthly=draw(st.integers(0, 6)),
        yearly=draw(st.integers(0, 3)),
        minimum=minimum,
        minimum_proven=minimum_proven,
        maximum=draw(st.none() | st.integers(least, least + 10)),
        grace=draw(st.sampled_from([timedelta(hours=1), DAY, 3 * DAY])),
        most_percent=draw(st.integers(1, 100)),
    )


@st.composite
def with_more(draw: st.DrawFn, policy: Policy) -> Policy:
    """A policy that asks for as much in all respects, and for more in some."""
    more = st.integers(0, 3)
    minimum, minimum_proven = policy.minimum + draw(more), policy.minimum_proven + draw(more)
    maximum = None
    if policy.maximum is not None and draw(st.booleans()):
        maximum = max(policy.maximum + draw(more), minimum, minimum_proven)
    return replace(
        policy,
        all_for=policy.all_for + draw(st.integers(0, 40)) * DAY,
        weekly=policy.weekly + draw(more),
        monthly=policy.monthly + draw(more),
        yearly=policy.yearly + draw(more),
        minimum=minimum,
        minimum_proven=minimum_proven,
        maximum=maximum,
    )


def newest(sets: Sequence[RecoverySet]) -> RecoverySet | None:
    return max(sets, key=lambda each: (each.taken_at, each.id), default=None)
