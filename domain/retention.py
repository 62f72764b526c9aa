"""Retention: which recovery sets are kept, which expire, and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.keep_rules import Catalogue, kept, why_not
from domain.recovery_set import RecoverySet
from domain.retention_policy import Policy


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of a set, with every reason."""

    set: RecoverySet
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.set.id} ({self.set.state}): {'; '.join(self.reasons)}"


@dataclass(frozen=True)
class Plan:
    """What is kept and what expires, each the newest first; every set is in one of the two."""

    policy: Policy
    made_at: datetime
    keep: tuple[Decision, ...]
    expire: tuple[Decision, ...]
    unread: tuple[str, ...] = ()  # what the catalogue could not read, each with its reason

    @property
    def sets(self) -> list[RecoverySet]:
        """Every set that it knows of."""
        return [decision.set for decision in (*self.keep, *self.expire)]


def plan(policy: Policy, sets: Iterable[RecoverySet], now: datetime, unread: Sequence[str] = ()) -> Plan:
    """Keep what any rule keeps, let the rest expire. A second plan, of what is left, expires nothing.

    Dry run and apply make the same plan. `now` is best the storage server's: it ends pins, and tells which
    sets are of the future.

    Raises:
        ValueError: a set is listed twice.
    """
    catalogue = Catalogue(policy, sets, now)
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for each, reason in kept(catalogue):
        reasons[each.id].append(reason)
    keep, expire = [], []
    for each in catalogue.sets:
        if each.id in reasons:
            keep.append(Decision(each, tuple(reasons[each.id])))
        else:
            expire.append(Decision(each, tuple(why_not(catalogue, each))))
    return Plan(policy, now, tuple(keep), tuple(expire), tuple(unread))
