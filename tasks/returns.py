"""Going back to a revision that served before, or to any other that is ready."""

import logging

from clients.cloud_run import list_revisions, read_service
from clients.environment import Environment
from clients.postgres import schema_revision
from domain.refusal import Problem, Refused, refuse
from domain.return_plan import Return, plan_return
from domain.service import mark_on
from domain.traffic import CANARY, kept_tags, split, without_canary
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.step import step
from tasks.traffic import change, look

logger = logging.getLogger("muster")


@step
def choose_revision(env: Environment, to: str) -> Return:
    """Where to go back to. Refused when that cannot be told, or there is nothing to go back on."""
    journal().check()
    service = read_service(env)
    if service is None:
        raise refuse(f"{env.service.name}: there is no such service", "deploy it first")
    chosen = plan_return(service, list_revisions(env), to)
    if isinstance(chosen, Problem):
        raise Refused([chosen])
    record = journal().record
    record.baseline, record.canary, record.service_url = chosen.serving, chosen.target, service.uri
    mark = mark_on(service)
    if mark and env.database:
        record.schema_before = record.schema_after = schema_revision(env)
        if mark.schema and mark.schema != record.schema_after:
            journal().note(
                f"the schema is at {record.schema_after}, {mark.baseline} was last proven on {mark.schema}: "
                "a rollback leaves it as it is"
            )
    return chosen


@step
def offer(env: Environment, chosen: Return, lease: HeldLease) -> str:
    """Give the revision an address of its own, without traffic; the address."""
    service = look(env, lease)
    assert service.asked
    lease.split = service.asked
    change(env, lease, split(service.asked.shares, {**service.asked.tags, CANARY: chosen.target}), {})
    return look(env, lease).tag_uris[CANARY]


@step
def withdraw(env: Environment, lease: HeldLease) -> None:
    """Take that address back: the revision does not do."""
    service = look(env, lease)
    assert service.asked
    change(env, lease, split(service.asked.shares, without_canary(service.asked)), {}, undoing=True)


@step
def send_everyone(env: Environment, revision: str, lease: HeldLease) -> None:
    """All traffic on that revision, by name. What it replaces is not offered as an instant return."""
    service = look(env, lease)
    assert service.asked
    change(env, lease, split({revision: 100}, kept_tags(service.asked)), {})
    logger.info(f"{env.service.name}: all traffic on {revision}")
