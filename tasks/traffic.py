"""Setting the traffic split: one PATCH at a time, by who holds the lease, read back and compared."""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from clients.cloud_run import read_service, set_traffic
from clients.environment import Environment
from clients.errors import ClientError, NotFound, is_transient
from domain.release_plan import Plan
from domain.service import Mark, Service, others_annotations, signature
from domain.traffic import (
    CANARY,
    PREVIOUS,
    Split,
    TrafficChanged,
    baseline_alone,
    kept_tags,
    split,
    with_canary,
    without_canary,
)
from tasks.held_lease import HeldLease
from tasks.journal import journal, split_in_force
from tasks.run_under_way import run_under_way
from tasks.step import step
from tasks.undisturbed import undisturbed
from tasks.waiting import pauses, wait_for

logger = logging.getLogger("muster")

SETTLED = timedelta(minutes=5)  # in which a split must be in force
NOTHING: Mapping[str, str] = MappingProxyType({})
STEADY = 2.0  # seconds that a split must have been seen served, to be believed while the service is busy


def mark_of(env: Environment, plan: Plan, lease: HeldLease, *, proven: bool = False) -> Mark:
    """What a rescuer of this deploy must know. `proven`: the baseline works on the schema as it is now."""
    schema = (plan.migration.head or plan.schema) if proven else (plan.proven_schema or plan.schema)
    return Mark(
        baseline=plan.baseline,
        deploy=run_under_way().id,
        lease=lease.nonce,
        schema=schema if env.database else "",
        canary=plan.revision,
        broken=bool(plan.broken),
    )


def mark_while_in_doubt(env: Environment, mark: Mark | None, lease: HeldLease) -> Mapping[str, str]:
    """The mark of a deploy that may have changed the schema, now ours; none where there is no database."""
    if mark is None or not mark.schema or not env.database:
        return NOTHING
    return replace(mark, lease=lease.nonce).annotations()


def mark_of_doubt(env: Environment, plan: Plan, lease: HeldLease) -> Mapping[str, str]:
    """The mark that stays while it was not proven that the baseline works on the schema as it is: by it
    `settle` proves that, or takes the schema back."""
    if not journal().schema_in_doubt:
        return NOTHING
    journal().note(
        f"the schema was not proven on {plan.baseline}, which works on {plan.proven_schema or plan.schema}: "
        "muster settle proves it or takes it back"
    )
    return mark_of(env, plan, lease).annotations()


@step
def take_in_hand(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """Pin all traffic to the baseline by name, and mark the service with what a rescuer must know.

    What a deploy that died has left, its canary's share and tag, goes with it.
    """
    service = look(env, lease)
    lease.split = service.asked
    current = service.asked or split({plan.baseline: 100}, {})
    change(env, lease, baseline_alone(current, plan.baseline), mark_of(env, plan, lease).annotations())


@step(named="split traffic: {percent} %")
def split_traffic(env: Environment, plan: Plan, percent: int, lease: HeldLease) -> None:
    """Give the canary its share, and the baseline the rest."""
    service = look(env, lease)
    assert service.asked
    wanted = with_canary(service.asked, plan.baseline, plan.revision, percent)
    change(env, lease, wanted, mark_of(env, plan, lease, proven=True).annotations())
    logger.info(f"{env.service.name}: {percent} % on {plan.revision}")


@step
def give_all(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """All traffic to the canary, by name. It stays on trial, marked and tagged, until it is smoked there."""
    service = look(env, lease)
    assert service.asked
    tags = {**kept_tags(service.asked), PREVIOUS: plan.baseline, CANARY: plan.revision}
    mark = mark_of(env, plan, lease, proven=True).annotations()
    journal().proven_at = lease.server_now()
    change(env, lease, split({plan.revision: 100}, tags), mark)
    logger.info(f"{env.service.name}: all traffic on {plan.revision}")


@step
def clear_marks(env: Environment, lease: HeldLease) -> None:
    """The trial is over: the canary's tag and the marks go; the former baseline keeps its own tag."""
    service = look(env, lease)
    assert service.asked
    change(env, lease, split(service.asked.shares, without_canary(service.asked)), {})


@step
def restore_baseline(
    env: Environment, baseline: str, lease: HeldLease, marks: Mapping[str, str] = NOTHING
) -> None:
    """All traffic back on the baseline, the canary's tag gone, no marks but these; goes on until it is done.

    While the lease is ours a cloud that does not answer is asked again. Signals are ignored meanwhile:
    Prefect kills 30 s after a cancel, whatever is said.

    Raises:
        LeaseLost, TrafficChanged: someone else acts; nothing was changed.
    """
    with undisturbed():
        for pause in pauses():
            try:
                service = look(env, lease)
                assert service.asked
                change(env, lease, baseline_alone(service.asked, baseline), marks, undoing=True)
            except ClientError as error:
                if not is_transient(error):
                    raise
                logger.warning(f"{env.service.name}: not back on {baseline} yet: {error}")
            else:
                logger.info(f"{env.service.name}: all traffic back on {baseline}")
                return
            time.sleep(pause)
            lease.keep_if_possible()


def found(env: Environment) -> Service:
    """The service. NotFound when it is gone."""
    service = read_service(env)
    if service is None:
        raise NotFound(f"{env.service.name}: the service is gone", "someone deleted it; deploy again")
    return service


def look(env: Environment, lease: HeldLease) -> Service:
    """The service, its split being the one that this holder set last. TrafficChanged when it is not.

    Before the holder has set one, whatever there is will do.
    """
    service = found(env)
    known = [one for one in (lease.split, lease.asked) if one is not None]
    if known and (service.asked is None or not any(service.asked.equals(one) for one in known)):
        lease.check()  # it may be known who
        raise TrafficChanged(
            f"{env.service.name}: its split is {service.asked}, and this run had set {lease.split}: "
            "someone else acts on it"
        )
    return service


def change(
    env: Environment,
    lease: HeldLease,
    wanted: Split,
    marks: Mapping[str, str],
    *,
    undoing: bool = False,
) -> None:
    """Set a split, our signature and our marks, and wait until it is in force, meanwhile keeping the lease.

    Just before, the service is read and the lease is checked. The change itself cannot be fenced, which is
    why a canary's share without a live lease is undone by whoever sees it. `undoing` does not wait for what
    else the service may be about: a revision that never listens keeps it busy for minutes.
    """
    service = look(env, lease)
    lease.check()
    lease.asked = wanted
    annotations = {**others_annotations(service), **signature(lease.nonce), **marks}
    set_traffic(env, wanted, annotations, service.etag)

    looked: list[float] = []

    def in_force() -> Service | None:
        now = look(env, lease)
        if now.done(wanted):
            return now
        if undoing and now.served and now.served.equals(wanted):
            looked.append(time.monotonic())
            return now if looked[-1] - looked[0] > STEADY else None
        looked.clear()
        return None

    keep = lease.keep_if_possible if undoing else lease.keep
    wait_for(in_force, SETTLED, f"{env.service.name}: the split {wanted}", keep)
    lease.split, lease.asked = wanted, None
    split_in_force(str(wanted))
