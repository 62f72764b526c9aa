"""What a recovery achieved: how much of what was acknowledged is lost, and how long users waited.

Figures are never better than the truth. Where that cannot be had, they are none, and say why.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from domain import wording
from domain.ledger import Acknowledged
from domain.loss import Beat, Loss, Unmeasurable
from domain.timeline import LEADS_TO, Moment, Timeline

SILENCE = timedelta(seconds=10)  # a heartbeat that was silent for longer at the loss tells nothing of it


def loss(
    acknowledged: Iterable[Acknowledged], present: Collection[Beat], loss_at: datetime
) -> Loss | Unmeasurable:
    """What is lost of one store. `acknowledged`: all that is known to have been, by one way; `present`: the
    beats that the store has after the recovery; `loss_at`: by the clock of the ledger.

    `achieved_rpo` is from the last beat k, such that each acknowledged one up to it is there, to the loss;
    where the heartbeat was silent right after k, it is the most that it can be. What was acknowledged after
    the loss is no part of it.
    """
    ordered = in_order(acknowledged)
    if not ordered:
        return Unmeasurable("no beat was ever acknowledged: was muster heartbeat running?")
    before = [each for each in ordered if each.at <= loss_at]
    if not before:
        return Unmeasurable(
            f"the heartbeat was not running at the loss: its first beat was acknowledged "
            f"{wording.length(ordered[0].at - loss_at)} later"
        )
    there = frozenset(present)
    lost = tuple(each.beat for each in before if each.beat not in there)
    kept = next((n for n, each in enumerate(before) if each.beat not in there), len(before))
    if kept == 0:
        return Unmeasurable(
            f"not even the first beat that the ledger knows is there: "
            f"more than {wording.age(loss_at - before[0].at)} is lost"
        )
    last = before[kept - 1]
    achieved = loss_at - last.at
    if not lost and achieved > SILENCE:
        return Unmeasurable(
            f"no beat was acknowledged in the {wording.length(achieved)} before the loss: all up to then is "
            "there, and of what was written since nothing is known"
        )
    return Loss(achieved, last.beat, last.at, lost, _phantom(ordered, there))


def in_order(acknowledged: Iterable[Acknowledged]) -> list[Acknowledged]:
    """In the order of acknowledgement, over epochs that follow each other or go side by side.

    A clock that was set back cannot make an earlier beat of an epoch later than one that follows it: it was
    acknowledged no later than that.
    """
    epochs: dict[int, dict[Beat, Acknowledged]] = {}
    for each in acknowledged:
        known = epochs.setdefault(each.beat.epoch, {})
        if each.beat not in known or each.at < known[each.beat].at:
            known[each.beat] = each
    made: list[Acknowledged] = []
    for known in epochs.values():
        earliest: datetime | None = None
        for each in sorted(known.values(), key=lambda one: one.beat.sequence, reverse=True):
            earliest = min(each.at, earliest) if earliest else each.at
            made.append(Acknowledged(each.through, each.beat, earliest))
    return sorted(made, key=lambda each: (each.at, each.beat.epoch, each.beat.sequence))


def skew(database: Loss | Unmeasurable, search: Loss | Unmeasurable | None) -> str:
    """How far the index is from the database's cut, in a sentence; empty for a service without a search."""
    if search is None:
        return ""
    for what, found in (("database", database), ("index", search)):
        if isinstance(found, Unmeasurable):
            return f"the skew cannot be told: of the {what}, {found.why}"
    assert isinstance(database, Loss)
    assert isinstance(search, Loss)
    apart = beats_apart(database, search)
    if apart is None:
        assert database.last_at
        assert search.last_at
        span = abs(database.last_at - search.last_at)
        side = "behind" if search.last_at < database.last_at else "ahead of"
        return f"the index is {wording.length(span)} {side} the database"
    if abs(apart) <= 1:
        return "no skew: database and index are at the same beat, give or take one"
    side = "behind" if apart > 0 else "ahead of"
    return f"the index is {wording.counted(abs(apart), 'beat')} {side} the database"


def beats_apart(database: Loss, search: Loss) -> int | None:
    """Beats that the index is behind the database; below 0, ahead. One is within what a beat can tell, as row
    and write of it are acknowledged one after the other. None where they are in different epochs."""
    if not database.last or not search.last or database.last.epoch != search.last.epoch:
        return None
    return database.last.sequence - search.last.sequence


def achieved_rto(timeline: Timeline) -> timedelta | Unmeasurable:
    """From the last good answer before the loss to the first of ten good ones in a row: T7 - T0.

    In a restore drill, whose users lose nothing, the declaration is noted as T0.
    """
    began, served = timeline.at.get(Moment.LAST_GOOD), timeline.at.get(Moment.SERVED)
    if began is None:
        return Unmeasurable("no good answer was seen before the loss (T0)")
    if served is None:
        return Unmeasurable("ten good answers in a row were not seen (T7)")
    if served < began:
        return Unmeasurable("T7 was noted before T0: the clock was set meanwhile")
    return served - began


@dataclass(frozen=True)
class Phase:
    """What the time between two moments was spent on."""

    name: str
    began: datetime
    ended: datetime
    said: str = ""  # what is to be known of it: moments that were not seen, or came in another order

    @property
    def took(self) -> timedelta:
        return self.ended - self.began


def phases(timeline: Timeline) -> tuple[Phase, ...]:
    """The time from the first moment to the last, by what it was spent on; none for fewer than two moments.

    They follow each other without a gap: those up to T7 together are the achieved RTO, exactly; what follows
    T7 is checking. A moment that was not seen makes the next phase the longer, which says so. One that came
    before its predecessor, or after T7, makes a phase of no time at all.
    """
    seen = [moment for moment in Moment if moment in timeline.at]
    if len(seen) < 2:
        return ()
    served = timeline.at.get(Moment.SERVED)
    made: list[Phase] = []
    at = timeline.at[seen[0]]
    for before, moment in pairwise(seen):
        noted = timeline.at[moment]
        latest = served if served and moment < Moment.SERVED else noted
        ended = max(at, min(noted, latest))
        made.append(Phase(LEADS_TO[moment], at, ended, _said(before, moment, noted, ended)))
        at = ended
    return tuple(made)


def _said(before: Moment, moment: Moment, noted: datetime, ended: datetime) -> str:
    order = list(Moment)
    skipped = order[order.index(before) + 1 : order.index(moment)]
    said = [f"{LEADS_TO[each]} ({each}) was not seen apart" for each in skipped]
    if noted < ended:
        said.append(f"{moment} came {wording.length(ended - noted)} before {before}")
    if noted > ended:
        said.append(f"{moment} came {wording.length(noted - ended)} after {Moment.SERVED}")
    return "; ".join(said)


def _phantom(ordered: Sequence[Acknowledged], there: frozenset[Beat]) -> tuple[Beat, ...]:
    """What is there and was never acknowledged: of each epoch, between the first and the last beat that were.

    Before the first the ledger may have been pruned. After the last of the newest epoch it may not have been
    written yet; after that of an earlier one there is nothing more to come.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for each in ordered:
        epoch, sequence = each.beat.epoch, each.beat.sequence
        first[epoch] = min(sequence, first.get(epoch, sequence))
        last[epoch] = max(sequence, last.get(epoch, sequence))
    known = {each.beat for each in ordered}
    newest = max(last)
    found = [
        beat
        for beat in there - known
        if beat.epoch in first
        and beat.sequence > first[beat.epoch]
        and (beat.epoch < newest or beat.sequence < last[newest])
    ]
    return tuple(sorted(found, key=lambda beat: (beat.epoch, beat.sequence)))
