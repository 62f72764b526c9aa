"""The plan of a recovery: what will be done, what it loses, how long it takes, what it costs; or why not.

Nothing is made before there is a plan that the operator has agreed to.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import wording
from domain.drill_report import Promise
from domain.loss import Unmeasurable
from domain.recovery_choice import chosen_instant, chosen_replica, chosen_set
from domain.recovery_facts import Facts
from domain.recovery_forecast import Forecast, behind, cost, takes
from domain.recovery_record import RecoveryRecord
from domain.recovery_refusals import begun_otherwise, not_at_all, too_much, was_recovered
from domain.recovery_set import Kind, RecoverySet
from domain.recovery_steps import in_the_end, steps
from domain.recovery_wish import Way, Wish
from domain.refusal import Problem

LONGEST = 97  # characters of an instance's name
STAMP = re.compile(r"-\d{8}-\d{6}(-[0-9a-f]+)?$")  # of a recovery before, at the end of an instance's name


@dataclass(frozen=True)
class RecoveryPlan:
    """What a recovery is about to do. `goes_on` is the recovery that was begun and has not ended."""

    way: Way
    old: str  # the instance that users are on, or were; empty where only the index is recovered
    new: str  # the one that they will be on
    steps: tuple[str, ...]
    loss: timedelta | Unmeasurable  # predicted
    loss_said: str  # how that is known
    takes_said: str
    cost_said: str
    promise: Promise
    set_id: str = ""
    at: datetime | None = None  # the instant that the database goes back to
    goes_on: RecoveryRecord | None = None


def plan_recovery(facts: Facts, wish: Wish, run: str) -> RecoveryPlan | list[Problem]:
    """What is to be done, or every reason not to. `run` is the id that names a new instance."""
    if problems := not_at_all(facts, wish):
        return problems
    record = facts.record
    if record and record.open and _same(record, facts, wish):
        return _goes_on(facts, record)
    if problem := begun_otherwise(facts) or was_recovered(facts):
        return [problem]
    made = {
        Way.FAILOVER: _failover,
        Way.SET: _restore_set,
        Way.INSTANT: _restore_instant,
        Way.SEARCH: _restore_search,
    }[wish.way](facts, wish, run)
    if isinstance(made, Problem):
        return [made]
    if (problem := too_much((made.loss, made.loss_said), made.promise)) and not wish.accept_loss:
        return [problem]
    return made


def _same(record: RecoveryRecord, facts: Facts, wish: Wish) -> bool:
    """Whether what is wanted is what was begun."""
    return (
        record.way is wish.way
        and record.old == (facts.database if wish.way.changes_database else "")
        and wish.set_id in {"", record.set_id}
        and wish.replica in {"", record.new}
        and wish.at in {None, record.to_at}
    )


def _goes_on(facts: Facts, record: RecoveryRecord) -> RecoveryPlan:
    """What is left of a recovery whose process ended. Its loss was accepted when it began."""
    promise = facts.failover if record.way is Way.FAILOVER else facts.restore
    done = {
        f"{record.old} is fenced": record.fenced_at,
        f"{record.new} takes writes": record.restored_at,
        f"{record.revision} serves": record.served_at,
    }
    said = [what for what, at in done.items() if at]
    return RecoveryPlan(
        way=record.way,
        old=record.old,
        new=record.new,
        steps=(
            f"go on with recovery {record.id}, begun {_since(facts.now - record.begun_at)}: "
            + (", ".join(said) or "nothing of it is done yet"),
            *steps(record.way, record.old, record.new, record.set_id, record.to_at),
            *in_the_end(facts, record.way),
        ),
        loss=Unmeasurable("it was predicted when the recovery began"),
        loss_said="as it was when the recovery began",
        takes_said=takes(facts, record.way),
        cost_said="nothing more than was begun",
        promise=promise,
        set_id=record.set_id,
        at=record.to_at,
        goes_on=record,
    )


def _failover(facts: Facts, wish: Wish, _: str) -> RecoveryPlan | Problem:
    replica = chosen_replica(facts, wish.replica)
    if isinstance(replica, Problem):
        return replica
    return _planned(
        facts,
        Way.FAILOVER,
        replica.name,
        behind(facts, replica.holds_until, f"{replica.name} {replica.why}".strip()),
        costs="no new instance; the replica is there already",
    )


def _restore_set(facts: Facts, wish: Wish, run: str) -> RecoveryPlan | Problem:
    chosen = chosen_set(facts, wish.set_id)
    if isinstance(chosen, Problem):
        return chosen
    part = chosen.part(Kind.DATABASE)
    if part is None:
        return Problem(f"{chosen.id}: it holds no database", "name a set that does (muster sets)")
    return _planned(
        facts,
        Way.SET,
        new_instance(facts.database, run),
        behind(facts, part.at, ""),
        costs=cost(facts, part.size),
        set_id=chosen.id,
    )


def _restore_instant(facts: Facts, wish: Wish, run: str) -> RecoveryPlan | Problem:
    at = chosen_instant(facts, wish.at)
    if isinstance(at, Problem):
        return at
    return _planned(
        facts,
        Way.INSTANT,
        new_instance(facts.database, run),
        behind(facts, at, ""),
        costs=cost(facts, None),
        at=at,
    )


def _restore_search(facts: Facts, wish: Wish, _: str) -> RecoveryPlan | Problem:
    chosen: RecoverySet | Problem | None
    holding = [each for each in facts.sets if each.restorable and each.part(Kind.SEARCH)]
    if wish.set_id:
        chosen = chosen_set(facts, wish.set_id)
        if not isinstance(chosen, Problem) and chosen.part(Kind.SEARCH) is None:
            chosen = Problem(f"{chosen.id}: it holds no search snapshot", "name a set that does")
    else:
        chosen = max(holding, key=lambda each: each.taken_at, default=None)
    if isinstance(chosen, Problem):
        return chosen
    if chosen is None and not facts.reindexes:
        return Problem(
            f"{facts.environment}: no set holds a snapshot, and no job makes the index anew",
            "describe search.reindex in the environment's file",
        )
    part = chosen.part(Kind.SEARCH) if chosen else None
    loss: Forecast = (timedelta(0), "the index is made to say what the database says")
    if not facts.reindexes and part:
        loss = behind(facts, part.at, "")
    return _planned(facts, Way.SEARCH, "", loss, costs="no new instance", set_id=chosen.id if chosen else "")


def _planned(
    facts: Facts,
    way: Way,
    new: str,
    loss: Forecast,
    *,
    costs: str,
    set_id: str = "",
    at: datetime | None = None,
) -> RecoveryPlan:
    old = facts.database if way.changes_database else ""
    return RecoveryPlan(
        way=way,
        old=old,
        new=new,
        steps=(*steps(way, old, new, set_id, at), *in_the_end(facts, way)),
        loss=loss[0],
        loss_said=loss[1],
        takes_said=takes(facts, way),
        cost_said=costs,
        promise=facts.failover if way is Way.FAILOVER else facts.restore,
        set_id=set_id,
        at=at,
    )


def new_instance(old: str, run: str) -> str:
    """The name of the instance that a recovery makes: that of the old one, and the recovery's own instant."""
    stem = STAMP.sub("", old)
    return f"{stem[: LONGEST - len(run) - 1].rstrip('-')}-{run}"


def _since(span: timedelta) -> str:
    return f"{wording.length(max(span, timedelta(0)))} ago"
