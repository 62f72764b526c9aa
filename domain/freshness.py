"""How old the newest of everything is that a recovery would need, each against its limit.

Told from the artefacts themselves, never from a record of what was done: a figure that each backup writes
stands still when backups do, and looks fresh.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from domain import wording
from domain.recovery_set import Kind, RecoverySet, State, Window
from domain.refusal import Problem, Refused

SKEW = timedelta(minutes=5)  # by which two clocks may differ


@dataclass(frozen=True)
class Limits:
    """The greatest age of each; None for what the service does not have, or nobody asks for.

    Raises:
        Refused: a limit that nothing can keep.
    """

    complete: timedelta | None = timedelta(hours=26)  # a day, and time to be taken
    checked: timedelta | None = None
    proven: timedelta | None = timedelta(days=35)
    search_snapshot: timedelta | None = None
    recovery_window: timedelta | None = None
    export: timedelta | None = None
    second_copy: timedelta | None = None

    def __post_init__(self) -> None:
        impossible = [field.name for field in fields(self) if _impossible(getattr(self, field.name))]
        if impossible:
            raise Refused(
                Problem(f"freshness: {name} has no time to be fresh", f"write a length of time: {name}: 1d")
                for name in impossible
            )


@dataclass(frozen=True)
class Finding:
    """One age, and whether it is within its limit. `age` is None when there is nothing to be old."""

    what: str
    fresh: bool
    age: timedelta | None
    limit: timedelta
    reason: str


@dataclass(frozen=True)
class Artefact:
    """Something of which the newest counts."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Live:
    """What is there beside the sets, as it is now: the database's recovery window, the repository's newest
    snapshot. None where there is none."""

    window: Window | None = None
    snapshot: Artefact | None = None


def freshness(
    limits: Limits, sets: Iterable[RecoverySet], now: datetime, live: Live | None = None
) -> list[Finding]:
    """A finding for each limit that is set.

    Without `live`, nobody has looked: there is no window then, and snapshots are those that sets name.

    A set counts as old as what it holds, not as when it was checked or proven; what comes from the future by
    more than clocks differ is not fresh, as one cannot tell how old it is.
    """
    usable = [each for each in sets if each.restorable]
    newest = {
        "complete": ("complete set", _newest(_at_least(usable, State.COMPLETE))),
        "checked": ("checked set", _newest(_at_least(usable, State.CHECKED))),
        "proven": ("proven set", _newest(_at_least(usable, State.PROVEN))),
        "search_snapshot": (Kind.SEARCH.value, live.snapshot if live else newest_part(usable, Kind.SEARCH)),
        "recovery_window": (
            "instant to which the database can be brought back",
            Artefact("the recovery window's end", live.window.latest_at) if live and live.window else None,
        ),
        "export": ("export", newest_part(usable, Kind.EXPORT)),
        "second_copy": ("set with a second copy", _newest(_copies(usable))),
    }
    return [
        _finding(what, found, limit, now)
        for name, (what, found) in newest.items()
        if (limit := getattr(limits, name)) is not None
    ]


def _finding(what: str, found: Artefact | None, limit: timedelta, now: datetime) -> Finding:
    most = f"at most {wording.age(limit)} is asked for"
    if found is None:
        return Finding(what, False, None, limit, f"there is no {what}; {most}")
    age = now - found.at
    if age < -SKEW:
        reason = f"the newest {what}, {found.name}, is {wording.age(-age)} ahead of now: a clock is wrong"
        return Finding(what, False, age, limit, reason)
    old = wording.age(max(age, timedelta(0)))
    return Finding(what, age <= limit, age, limit, f"the newest {what}, {found.name}, is {old} old; {most}")


def newest_part(sets: Iterable[RecoverySet], kind: Kind) -> Artefact | None:
    """The newest part of that kind of any set that can be restored."""
    return _newest(_parts((each for each in sets if each.restorable), kind))


def _newest(artefacts: Iterable[Artefact]) -> Artefact | None:
    return max(artefacts, key=lambda artefact: artefact.at, default=None)


def _at_least(sets: Iterable[RecoverySet], state: State) -> Iterator[Artefact]:
    enough = list(State)[list(State).index(state) :]
    return (Artefact(each.id, each.taken_at) for each in sets if each.state in enough)


def _parts(sets: Iterable[RecoverySet], kind: Kind) -> Iterator[Artefact]:
    for each in sets:
        part = each.part(kind)
        if part:
            yield Artefact(f"{part.references[0]} of {each.id}", part.at)


def _copies(sets: Iterable[RecoverySet]) -> Iterator[Artefact]:
    for each in sets:
        for copy in each.copies:
            yield Artefact(f"{each.id} in {copy.location}", each.taken_at)


def _impossible(limit: timedelta | None) -> bool:
    return limit is not None and limit <= timedelta(0)
