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
from domain.recovery_set import Kind, RecoverySet
from domain.recovery_wish import OPTION, SAID, Way, Wish
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
    if problems := _not_at_all(facts, wish):
        return problems
    record = facts.record
    if record and record.open and _same(record, facts, wish):
        return _goes_on(facts, record)
    if problem := _begun_otherwise(facts) or _was_recovered(facts):
        return [problem]
    made = {
        Way.FAILOVER: _failover,
        Way.SET: _restore_set,
        Way.INSTANT: _restore_instant,
        Way.SEARCH: _restore_search,
    }[wish.way](facts, wish, run)
    if isinstance(made, Problem):
        return [made]
    if (problem := _too_much(made)) and not wish.accept_loss:
        return [problem]
    return made


def _not_at_all(facts: Facts, wish: Wish) -> list[Problem]:
    """What no reading of the cloud could help."""
    if wish.way is Way.SEARCH:
        if facts.searches:
            return []
        return [Problem(f"{facts.environment}: it has no search", "describe it under search in the file")]
    if not facts.database:
        return [Problem(f"{facts.environment}: it has no database", "describe it under database in the file")]
    found = []
    if not facts.binding:
        found.append(
            Problem(
                f"{facts.environment}: nothing says how the service finds its database",
                "write database.binding into the environment's file",
            )
        )
    if wish.at and wish.at > facts.now:
        found.append(
            Problem(f"{wish.at:%Y-%m-%d %H:%M:%S} UTC is in the future", "name an instant before the damage")
        )
    return found


def _same(record: RecoveryRecord, facts: Facts, wish: Wish) -> bool:
    """Whether what is wanted is what was begun."""
    return (
        record.way is wish.way
        and record.old == (facts.database if wish.way.changes_database else "")
        and wish.set_id in {"", record.set_id}
        and wish.replica in {"", record.new}
        and wish.at in {None, record.to_at}
    )


def _begun_otherwise(facts: Facts) -> Problem | None:
    """A recovery to something else that cannot be taken back."""
    record = facts.record
    if record is None or not record.open or record.old != facts.database or not record.irrevocable:
        return None
    return Problem(
        f"{facts.environment}: recovery {record.id} ({SAID[record.way]}) has made {record.new} writable, "
        "and has not come to its end",
        f"go on with it: muster recover {facts.environment} {_option(record)} --apply",
    )


def _was_recovered(facts: Facts) -> Problem | None:
    """The file still names the instance from before."""
    record = facts.record
    if record is None or record.open or not record.way.changes_database or record.old != facts.database:
        return None
    return Problem(
        f"{facts.environment}: recovery {record.id} brought it to {record.new} already, and the "
        f"environment's file still names {record.old}",
        f"write database.instance: {record.new}",
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
            *_steps(record.way, record.old, record.new, record.set_id, record.to_at),
            *_in_the_end(facts, record.way),
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
        steps=(*_steps(way, old, new, set_id, at), *_in_the_end(facts, way)),
        loss=loss[0],
        loss_said=loss[1],
        takes_said=takes(facts, way),
        cost_said=costs,
        promise=facts.failover if way is Way.FAILOVER else facts.restore,
        set_id=set_id,
        at=at,
    )


def _steps(way: Way, old: str, new: str, set_id: str, at: datetime | None) -> tuple[str, ...]:
    if way is Way.SEARCH:
        lost = f"restore what is missing of the indices from the snapshot of {set_id}; what is there stays"
        return (
            *([lost] if set_id else []),
            "bring the index to what the database says, where there is a job for it (reindex)",
            "see that the service serves: ten passes in a row",
        )
    brought = {
        Way.FAILOVER: f"promote {new}; it takes backups from then on",
        Way.SET: f"restore the backup of {set_id} into a new instance, {new}",
        Way.INSTANT: f"bring {old} as it was at {_clock(at)} into a new instance, {new}",
    }[way]
    return (
        f"fence {old}: stop it, and see that it takes no write",
        brought,
        f"re-point the logins to {new}, with new passwords"
        + ("; all others of its logins get passwords that nobody knows" if way.restores else ""),
        "re-point the service by a new revision: at 0 %, smoked, then all traffic, then smoked there",
    )


def _in_the_end(facts: Facts, way: Way) -> tuple[str, ...]:
    """While users are served already."""
    if not way.changes_database or not facts.reindexes:
        return ()
    return ("bring the index to what the database says now (reindex)",)


def _too_much(plan: RecoveryPlan) -> Problem | None:
    remedy = "choose another way or instant, or take it upon you with --accept-loss"
    if isinstance(plan.loss, Unmeasurable):
        return Problem(f"the loss cannot be predicted: {plan.loss.why}", remedy)
    if plan.loss <= plan.promise.rpo:
        return None
    lost, most = wording.length(plan.loss), wording.length(plan.promise.rpo)
    return Problem(f"predicted to lose {lost} of writes, the objective is {most} ({plan.loss_said})", remedy)


def new_instance(old: str, run: str) -> str:
    """The name of the instance that a recovery makes: that of the old one, and the recovery's own instant."""
    stem = STAMP.sub("", old)
    return f"{stem[: LONGEST - len(run) - 1].rstrip('-')}-{run}"


def _option(record: RecoveryRecord) -> str:
    return OPTION[record.way].replace("ID", record.set_id).replace("INSTANT", _clock(record.to_at))


def _clock(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "the latest instant"


def _since(span: timedelta) -> str:
    return f"{wording.length(max(span, timedelta(0)))} ago"
