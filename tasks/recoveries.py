"""A recovery from its facts to its record: what is known before it, and how far it has come."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from clients.catalogue import read_catalogue
from clients.database_instance import read_instance
from clients.environment import Environment
from clients.errors import ClientError, NotFound, Rejected
from clients.objects import read_json, write_json
from clients.recovery_window import read_window
from clients.sql_instances import list_replicas
from clients.write_attempt import replayed_until
from domain.drill_report import Promise
from domain.recovery_facts import Facts, Prices, Replica
from domain.recovery_plan import RecoveryPlan, plan_recovery
from domain.recovery_record import RecoveryRecord, record_from_json
from domain.recovery_set import Window
from domain.recovery_wish import Way, Wish
from domain.refusal import Refused
from domain.sql_instance import SqlInstance
from tasks.recovery_reports import last_acknowledged, past_times
from tasks.repointing import binding_problems
from tasks.step import step

logger = logging.getLogger("muster")


@step
def plan(env: Environment, wish: Wish, run: str) -> RecoveryPlan:
    """What is to be done.

    Raises:
        Refused: it cannot be done, or would lose too much; with every reason. Nothing was touched.
    """
    found = plan_recovery(gather(env, wish), wish, run)
    if not isinstance(found, RecoveryPlan):
        raise Refused(found)
    if found.way.changes_database and (problems := binding_problems(env)):
        raise Refused(problems)
    return found


def gather(env: Environment, wish: Wish) -> Facts:
    """All that the plan of that way is made from."""
    promises = {
        name: Promise(objective.rto, objective.rpo)
        for name, objective in (("failover", env.objectives.failover), ("restore", env.objectives.restore))
    }
    cost = env.drill.cost
    facts = Facts(
        environment=env.name,
        now=datetime.now(UTC),
        failover=promises["failover"],
        restore=promises["restore"],
        searches=env.search is not None,
        reindexes=bool(env.search and env.search.reindex),
        heartbeat=env.heartbeat is not None,
        prices=Prices(cost.hour, cost.gigabyte, cost.cap) if cost else None,
        record=read_record(env),
        acknowledged_at=last_acknowledged(env)[0],
        past=past_times(env),
    )
    if wish.way in {Way.SET, Way.SEARCH}:
        facts = replace(facts, sets=tuple(read_catalogue(env).sets))
    if env.database:
        facts = replace(facts, database=env.database.instance, binding=env.database.binding is not None)
        if wish.way.changes_database:
            facts = replace(facts, instance=read_instance(env))
        if wish.way is Way.FAILOVER:
            facts = replace(facts, replicas=tuple(_replica(env, each) for each in list_replicas(env)))
        if wish.way is Way.INSTANT:
            facts = replace(facts, window=_window(env))
    return facts


def read_record(env: Environment) -> RecoveryRecord | None:
    """The environment's last recovery, which may not have come to its end."""
    kept = read_json(env, env.state, record_name(env))
    return record_from_json(kept) if kept else None


def keep_record(env: Environment, record: RecoveryRecord, **changed: Any) -> RecoveryRecord:
    """Note how far it has come; what is noted is done."""
    made = record.with_(**changed)
    write_json(env, env.state, record_name(env), made.to_json())
    return made


def open_record(env: Environment, plan: RecoveryPlan, run: str, **known: Any) -> RecoveryRecord:
    """The record of the recovery that goes on, or of a new one, noted before anything is touched. `known` are
    further fields of a new one."""
    if plan.goes_on:
        return plan.goes_on
    record = RecoveryRecord(
        id=run,
        way=plan.way,
        old=plan.old,
        new=plan.new,
        begun_at=datetime.now(UTC),
        set_id=plan.set_id,
        to_at=plan.at,
    )
    return keep_record(env, record, **known)


def record_name(env: Environment) -> str:
    return f"recoveries/{env.name}.json"


def _replica(env: Environment, found: SqlInstance) -> Replica:
    if not found.runs or not found.host:
        return Replica(found.name, "stopped" if found.stopped else found.state)
    try:
        until = replayed_until(env, found.host)
    except ClientError as error:
        return Replica(found.name, found.state, None, error.what)
    return Replica(
        found.name, found.state, until, "" if until else "it has replayed no commit since its start"
    )


def _window(env: Environment) -> Window | None:
    """None where it cannot go back to any instant."""
    try:
        return read_window(env)
    except (Rejected, NotFound) as error:
        logger.info(error.what)
        return None
