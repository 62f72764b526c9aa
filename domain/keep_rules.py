"""The rules that keep recovery sets, each with its reason in words.

Days count back from the newest set that can be restored, and a period counts if it has such a set: time
alone expires nothing, only newer sets do. So neither a wrong clock empties a vault, nor do backups that have
stopped. restic's --keep-within counts in the same way (https://restic.readthedocs.io/en/stable/060_forget.html).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from domain import wording
from domain.period import Period, utc_day
from domain.recovery_set import RecoverySet
from domain.retention_policy import Policy

Kept = Iterator[tuple[RecoverySet, str]]


class Catalogue:
    """All recovery sets, as the rules look at them: the newest first.

    Raises:
        ValueError: a set is listed twice.
    """

    def __init__(self, policy: Policy, sets: Iterable[RecoverySet], now: datetime) -> None:
        self.policy = policy
        self.now = now
        self.sets = sorted(sets, key=lambda each: (each.taken_at, each.id), reverse=True)
        self.lasting = [each for each in self.sets if not each.deleting]
        self.past = [each for each in self.lasting if each.taken_at <= now]
        self.restorable = [each for each in self.past if each.restorable]
        self.proven = [each for each in self.restorable if each.proven]
        self.considered = self.restorable[: policy.maximum]  # by age and by period
        self.beyond = {each.id for each in self.restorable[len(self.considered) :]}
        self.newest_at = self.restorable[0].taken_at if self.restorable else now
        self.counts = {
            Period.WEEK: policy.weekly,
            Period.MONTH: policy.monthly,
            Period.YEAR: policy.yearly,
        }
        self.newest_of = {
            period: _newest_of(self.considered, period, count) for period, count in self.counts.items()
        }
        self.outdone: dict[tuple[date, int, str], tuple[str, ...]] = {}  # many are alike: kept once
        if len({each.id for each in self.sets}) < len(self.sets):
            twice = Counter(each.id for each in self.sets).most_common(1)[0][0]
            raise ValueError(f"recovery set {twice} is listed twice")


def kept(catalogue: Catalogue) -> Kept:
    """Each set that a rule keeps, with the reason; several times where several do."""
    yield from _wanted(catalogue)
    yield from _of_the_future(catalogue)
    yield from _newest_few(catalogue)
    yield from _recent(catalogue)
    yield from _of_periods(catalogue)


def why_not(catalogue: Catalogue, each: RecoverySet) -> tuple[str, ...]:
    """Why no rule keeps it."""
    if each.deleting:
        return ("its deletion has begun",)
    day, older = utc_day(each.taken_at), (catalogue.newest_at - each.taken_at).days
    flaw = "incomplete" if not each.restorable else ""
    if each.id in catalogue.beyond:
        flaw = f"not one of the newest {len(catalogue.considered)}, the maximum"
    key = day, older, flaw
    reasons = catalogue.outdone.get(key)
    if reasons is None:
        reasons = catalogue.outdone[key] = tuple(_outdone(catalogue, *key))
    ended = [f"the pin by {pin.who} ended {wording.age(catalogue.now - pin.until)} ago" for pin in each.pins]
    return (*ended, *reasons) if ended else reasons


def _wanted(catalogue: Catalogue) -> Kept:
    """Somebody, the storage or a drill wants it as it is."""
    for each in catalogue.lasting:
        for pin in each.pins:
            if pin.until > catalogue.now:
                yield each, f"pinned by {pin.who} until {pin.until:%Y-%m-%d %H:%M %Z}: {pin.why}"
        for hold in each.holds:
            yield each, f"held: {hold}"
        for drill in each.used_by:
            yield each, f"in use by {drill}"


def _of_the_future(catalogue: Catalogue) -> Kept:
    """Of a set that is not of the past yet nothing can be said; nor does it stand for any that is."""
    for each in catalogue.lasting:
        if each.taken_at <= catalogue.now:
            return
        ahead = wording.age(each.taken_at - catalogue.now)
        yield each, f"taken {ahead} after now: one of two clocks is wrong"


def _newest_few(catalogue: Catalogue) -> Kept:
    """However old they are."""
    for few, count, one, several in (
        (catalogue.proven, catalogue.policy.minimum_proven, "proven set", "proven sets"),
        (
            catalogue.restorable,
            catalogue.policy.minimum,
            "set that can be restored",
            "sets that can be restored",
        ),
    ):
        for place, each in enumerate(few[:count]):
            yield each, f"one of the newest {count} {several}" if place else f"the newest {one}"


def _recent(catalogue: Catalogue) -> Kept:
    """All of late, incomplete ones too: they may be under way, and they tell what went wrong."""
    since = catalogue.newest_at - catalogue.policy.all_for
    reason = f"all are kept for {wording.age(catalogue.policy.all_for)}"
    for each in catalogue.past:
        if each.taken_at < since:
            return
        if each.id not in catalogue.beyond:
            yield each, reason


def _of_periods(catalogue: Catalogue) -> Kept:
    """One for each week, month and year."""
    for newest_of in catalogue.newest_of.values():
        for name, each in newest_of.items():
            yield each, f"newest of {name}"


def _newest_of(newest_first: Iterable[RecoverySet], period: Period, count: int) -> dict[str, RecoverySet]:
    """The newest set of each of the newest `count` periods that have one."""
    found: dict[str, RecoverySet] = {}
    last = None
    for each in newest_first:
        day = utc_day(each.taken_at)
        if day == last:
            continue
        last, name = day, period.of(day)
        if name not in found:
            if len(found) == count:
                break
            found[name] = each
    return found


def _outdone(catalogue: Catalogue, day: date, older: int, flaw: str) -> Iterator[str]:
    """Why its age does not keep a set of that day, nor does a period."""
    if older:
        yield f"{wording.counted(older, 'day')} older than the newest set"
    if flaw:
        yield flaw
        return
    newer, before = [], []
    for period, count in catalogue.counts.items():
        name = period.of(day)
        if name in catalogue.newest_of[period]:
            newer.append(name)
        elif count:
            before.append(name)
    if newer:
        yield f"newer sets stand for {wording.listed(newer)}"
    if before:
        yield f"{wording.listed(before)}: before all that are kept"
