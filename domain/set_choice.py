"""Which recovery set a drill restores, and why that one; or why not the one that was asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import wording
from domain.drill import Which
from domain.recovery_set import RecoverySet, State
from domain.refusal import Problem

SOON = timedelta(hours=1)  # a set that is deleted so soon is not begun with: expire could be planning already


@dataclass(frozen=True)
class Chosen:
    """A set that can be restored, and why it was picked, in a sentence."""

    set: RecoverySet
    why: str


def choose(
    sets: Sequence[RecoverySet],
    which: Which | str,
    draw: float,
    *,
    now: datetime,
    environment: str,
    elsewhere: str = "",
    unread: Sequence[str] = (),
) -> Chosen | Problem:
    """The newest, one drawn evenly, or that of an id.

    The newest is the newest that can be restored, checked or not: a recovery would take it, too. `draw`, at
    least 0 and below 1, is the drawn number. `elsewhere` is the environment that has a set of that id, where
    this one does not. `now` is best the storage server's. `unread` is what the catalogue could not read: it
    may be the newest, or the one that is asked for.

    Raises:
        ValueError: the number drawn is none of those.
    """
    if not 0 <= draw < 1:
        raise ValueError(f"{draw} was drawn, and not a number from 0 to below 1")
    can = sorted(
        (each for each in sets if each.restorable and not _ends_soon(each, now)),
        key=lambda each: (each.taken_at, each.id),
        reverse=True,
    )
    hidden = [each for each in unread if which == Which.NEWEST or f"/{which}" in each]
    if hidden:
        other = f"name another set: muster sets {environment} lists them"
        return Problem(hidden[0], f"write its summary again from the manifest, or {other}")
    if which not in set(Which):
        found = next((each for each in sets if each.id == which), None)
        if found is None:
            return _unknown(which, environment, elsewhere, _other(can, environment))
        problem = next(_in_the_way(found, now, environment, _other(can, environment)), None)
        return problem or Chosen(found, f"asked for by its id; {_known(found, now)}")
    if not can:
        return _none(sets, environment)
    if which == Which.NEWEST:
        return Chosen(can[0], f"the newest, as a recovery would take it; {_known(can[0], now)}")
    place = int(draw * len(can))
    number = f"the {_ordinal(place + 1)} of {len(can)} that can be restored"
    return Chosen(can[place], f"drawn at random, {number}; {_known(can[place], now)}")


def _in_the_way(each: RecoverySet, now: datetime, environment: str, other: str) -> Iterator[Problem]:
    """Of restoring that set."""
    if each.deleting:
        yield Problem(f"{each.id}: its deletion has begun, so parts of it may be gone", other)
    if each.state is State.INCOMPLETE and not each.manifest_sha256:
        yield Problem(f"{each.id} is incomplete: its backup has not come to its end, or died", other)
    if each.state is State.INCOMPLETE:
        yield Problem(
            f"{each.id} is incomplete: a check or a drill found something of it missing or wrong",
            f"see what, with muster verify {environment} {each.id}, or {other}",
        )
    if each.expires_at is not None and _ends_soon(each, now):
        yield Problem(
            f"{each.id} has expired: it is deleted from {each.expires_at:%Y-%m-%d %H:%M} UTC on",
            f"keep it, with muster pin {environment} {each.id}, then muster expire {environment} --apply; "
            f"or {other}",
        )


def _unknown(set_id: str, environment: str, elsewhere: str, other: str) -> Problem:
    if elsewhere:
        return Problem(
            f"{set_id} is a recovery set of {elsewhere}, not of {environment}",
            f"drill {elsewhere} with it, or {other}",
        )
    return Problem(f"{environment}: there is no recovery set {set_id}", other)


def _none(sets: Sequence[RecoverySet], environment: str) -> Problem:
    what = "there is no recovery set"
    if sets:
        kinds = "incomplete, or about to be deleted"
        what = f"no set can be restored: of {wording.counted(len(sets), 'set')} each is {kinds}"
    return Problem(f"{environment}: {what}", f"take one with muster backup {environment}")


def _other(can: Sequence[RecoverySet], environment: str) -> str:
    newest = f" {can[0].id}, the newest" if can else " one with muster backup"
    return f"take{' another, such as' if can else ''}{newest}; muster sets {environment} lists them"


def _ends_soon(each: RecoverySet, now: datetime) -> bool:
    return each.expires_at is not None and each.expires_at <= now + SOON


def _known(each: RecoverySet, now: datetime) -> str:
    """taken 5 h 10 min ago, checked"""
    age = now - each.taken_at
    taken = f"{wording.age(age)} ago" if age >= timedelta(0) else f"{wording.age(-age)} after now"
    proof = f" by {each.proof.drill}" if each.proof else ""
    return f"taken {taken}, {each.state}{proof}"


def _ordinal(number: int) -> str:
    """newest, 2nd newest, 11th newest"""
    if number == 1:
        return "newest"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in {11, 12, 13} else 0, "th")
    return f"{number}{ending} newest"
