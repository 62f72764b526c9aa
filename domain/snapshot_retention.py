"""Which snapshots are kept and which expire: those that come every few minutes. Those of sets go with them.

As for sets, time alone expires nothing (docs/decisions/0018): the span counts back from the newest one that
succeeded, so a cluster that is no longer snapshotted keeps what it has.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import wording
from domain.snapshot import Snapshot

SKEW = timedelta(minutes=5)  # by which two clocks may differ


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of a snapshot, with every reason."""

    snapshot: Snapshot
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.snapshot.name}: {'; '.join(self.reasons)}"


@dataclass(frozen=True)
class Plan:
    """What is kept and what expires, each the newest first; every snapshot is in one of the two."""

    keep: tuple[Decision, ...]
    expire: tuple[Decision, ...]


@dataclass(frozen=True)
class Ground:
    """What is decided upon. `needed_by` names the recovery set that a snapshot is part of, by its reference;
    what of the catalogue could not be read may need any."""

    keep_for: timedelta
    now: datetime  # best the storage server's: it tells which snapshots are of the future
    needed_by: Mapping[str, str]
    unread: Sequence[str] = ()

    def is_future(self, snapshot: Snapshot) -> bool:
        """By more than clocks differ: it is kept, and stands for nothing."""
        return snapshot.started_at > self.now + SKEW


def plan(snapshots: Iterable[Snapshot], ground: Ground) -> Plan:
    """Keep what is needed, let the rest expire. A second plan, of what is left, expires nothing."""
    ordered = sorted(snapshots, key=lambda each: (each.started_at, each.name), reverse=True)
    newest = next((each for each in ordered if each.successful and not ground.is_future(each)), None)
    keep, expire = [], []
    for each in ordered:
        reasons = tuple(_kept(each, newest, ground))
        if newest is None or reasons:
            keep.append(Decision(each, reasons or ("none has succeeded",)))
        else:
            expire.append(Decision(each, (_why_not(each, newest, ground.keep_for),)))
    return Plan(tuple(keep), tuple(expire))


def page(planned: Plan) -> str:
    """What becomes of the snapshots, as Markdown: those with the same reasons together."""
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for what, decisions in (("deleted", planned.expire), ("kept", planned.keep)):
        for each in decisions:
            groups[what, "; ".join(each.reasons).replace("|", "/")].append(each.snapshot.name)
    rows = [
        f"| {what} | {len(names)} | {reasons} | {names[0]}{f' ... {names[-1]}' if names[1:] else ''} |"
        for (what, reasons), names in groups.items()
    ]
    return "\n".join(["| | snapshots | why | which |", "|---|---:|---|---|", *rows])


def _kept(each: Snapshot, newest: Snapshot | None, ground: Ground) -> Iterator[str]:
    """Every reason to keep it."""
    needed = each.set_id or ground.needed_by.get(each.reference)
    if needed:
        yield f"part of recovery set {needed}"
    if ground.unread:
        yield f"the catalogue could not be read fully: {ground.unread[0]}"
    if each.under_way:
        yield "under way"
    if ground.is_future(each):
        yield f"{wording.age(each.started_at - ground.now)} ahead of now: a clock is wrong"
    elif newest is None:
        return
    elif each == newest:
        yield "the newest that succeeded"
    elif each.started_at > newest.started_at:
        yield f"newer than the last that succeeded: {each.trouble}"
    elif each.successful and each.started_at >= newest.started_at - ground.keep_for:
        yield f"within {wording.age(ground.keep_for)} of the newest"


def _why_not(each: Snapshot, newest: Snapshot, keep_for: timedelta) -> str:
    if not each.successful:
        return f"{newest.name} succeeded since: {each.trouble}"
    return f"more than {wording.age(keep_for)} before the newest"
