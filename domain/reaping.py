"""What of drills has outlived them, and goes; what stays, and why.

No clock of ours matters: a thing's age is told by the server that created it, and whether a drill is under
way by its lease. What no drill of this environment has made is never named here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain import wording
from domain.drill_draft import DrillDraft
from domain.drill_names import drill_in_holder, is_named_by
from domain.lease import Reading


class Sort(StrEnum):
    """In the order in which they are removed: what uses another goes before it."""

    SERVICE = "Cloud Run service"
    JOB = "Cloud Run job"
    SECRET = "secret"  # noqa: S105 - a noun
    INSTANCE = "Cloud SQL instance"  # the last, as one may take long to go


ORDER = {sort: place for place, sort in enumerate(Sort)}


@dataclass(frozen=True)
class Thing:
    """Something in the project. `drill`, `environment` and `length` are what its labels say, if they do."""

    sort: Sort
    name: str
    age: timedelta  # by the clock of the server that created it
    drill: str = ""
    environment: str = ""
    length: timedelta | None = None

    def __str__(self) -> str:
        return f"{self.sort} {self.name}"


@dataclass(frozen=True)
class UnderWay:
    """A drill whose lease is alive. One that names no drill stands for any."""

    holder: str
    drill: str

    def is_of(self, drill: str) -> bool:
        return self.drill in {drill, ""}


@dataclass(frozen=True)
class Decision:
    """About one thing of a drill."""

    thing: Thing
    drill: str
    why: str


@dataclass(frozen=True)
class Plan:
    """What goes, in that order, and what stays."""

    remove: tuple[Decision, ...]
    spare: tuple[Decision, ...]


def drill_under_way(reading: Reading | None) -> UnderWay | None:
    """What holds the environment's lease on drills; None while nothing does."""
    if reading is None or reading.lapsed:
        return None
    return UnderWay(reading.lease.holder, drill_in_holder(reading.lease.holder))


def outlived(
    environment: str,
    things: Iterable[Thing],
    drafts: Sequence[DrillDraft],
    *,
    live: UnderWay | None,
    now: datetime,
    usual: timedelta,
    over: Iterable[str] = (),
) -> Plan:
    """What of all these things goes now.

    A thing is a drill's by its labels, or by a name that only a drill of ours gives: one whose draft is
    there, or that is `over`, as its report says. `now` is the storage server's, and `usual` the length of
    what says none itself.
    """
    known = {draft.id: draft for draft in drafts}
    ended = set(over)
    decisions: dict[bool, list[Decision]] = {True: [], False: []}
    for thing in sorted(things, key=lambda thing: (ORDER[thing.sort], -len(thing.name), thing.name)):
        drill = _drill_of(thing, environment, [*known, *ended])
        if drill:
            draft = known.get(drill)
            length = thing.length or (draft.length if draft else usual)
            stays = _spoken_for(drill, draft, live, now) or _left_alone(thing.age, length)
            why = stays or f"its drill is over, and it is {wording.age(thing.age)} old"
            decisions[not stays].append(Decision(thing, drill, why))
    return Plan(tuple(decisions[True]), tuple(decisions[False]))


def why_not_over(draft: DrillDraft, live: UnderWay | None, now: datetime) -> str:
    """Why the drill of a draft is not to be cleaned up after (yet); empty when it is."""
    return _spoken_for(draft.id, draft, live, now) or _left_alone(now - draft.began_at, draft.length)


def _drill_of(thing: Thing, environment: str, drills: Iterable[str]) -> str:
    """The drill that made it; empty where none of this environment did.

    Labels alone do not do: what is recovered for good may be made from what a drill has made.
    """
    if thing.drill:
        ours = thing.environment == environment and is_named_by(thing.drill, thing.name)
        return thing.drill if ours else ""
    return next((drill for drill in drills if is_named_by(drill, thing.name)), "")


def _spoken_for(drill: str, draft: DrillDraft | None, live: UnderWay | None, now: datetime) -> str:
    """Why whatever the drill has made is nobody's to remove; empty where nothing speaks for it."""
    if live and live.is_of(drill):
        return f"{live.holder} is under way"
    if draft and draft.kept_until and now < draft.kept_until:
        return f"kept until {draft.kept_until:%Y-%m-%d %H:%M:%S} UTC"
    return ""


def _left_alone(age: timedelta, length: timedelta) -> str:
    return "" if age > length else f"left alone for {wording.length(length - age)} more"
