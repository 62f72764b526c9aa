"""Putting right what processes that died have left behind."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from clients.cloud_run import read_service
from clients.drafts import delete_draft
from clients.environment import Environment
from clients.jobs import delete_job
from clients.objects import delete_object, list_names
from clients.postgres import schema_revision
from domain.draft import Draft
from domain.migration import MigrationRejected
from domain.record import ReleaseRecord, Result
from domain.release_plan import Plan
from domain.service import Mark, Service
from domain.settlement import Leftover, how_it_ended
from tasks.builds import source_prefix
from tasks.canary import forget_evidence
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.leftovers import Left
from tasks.migrations import stop_leftovers
from tasks.plans import secrets_pinned
from tasks.proofs import prove_on_new_schema
from tasks.records import kept_record, recording, resuming
from tasks.step import step
from tasks.traffic import change, clear_marks, mark_while_in_doubt

logger = logging.getLogger("muster")


def undo(env: Environment, left: Leftover, draft: Draft | None, lease: HeldLease) -> ReleaseRecord:
    """Put right what is on the service, in the record of the run that left it, or in one of its own."""
    with _record_of(env, left, draft) as record:
        if draft and left.percent:  # the draft may be a moment behind
            journal().met_at = journal().met_at or record.started_at
        logger.info(f"{env.service.name}: {left.why}")
        move_back(env, left, lease)
        if env.database:
            put_schema_right(env, left.mark, draft, lease)
        if draft:
            _end(env, draft, left)
            clear_up(env, draft)
    if draft:
        delete_draft(env, draft.record.id)
    return record


def finish_record(env: Environment, draft: Draft) -> ReleaseRecord:
    """End the record of a run that died and left nothing on the service, or nothing that it was not to."""
    with resuming(env, draft) as record:
        _end(env, draft, None)
        clear_up(env, draft)
    delete_draft(env, draft.record.id)
    return record


@step
def move_back(env: Environment, left: Leftover, lease: HeldLease) -> None:
    """Traffic first. The mark stays while the schema is in doubt, for whoever goes on if we die too."""
    change(env, lease, left.wanted, mark_while_in_doubt(env, left.mark, lease), undoing=True)
    logger.info(f"{env.service.name}: {left.wanted}")


@step
def put_schema_right(env: Environment, mark: Mark | None, draft: Draft | None, lease: HeldLease) -> None:
    """What changes the schema is stopped; then the baseline works on it as it is, or it is taken back.

    Raises:
        MigrationRejected: neither. The mark stays on the service.
    """
    stop_leftovers(env, lease.keep)
    if mark is None or not mark.schema:
        return
    schema = schema_revision(env)
    if schema != mark.schema:
        plan = Plan(
            image=_image(env, mark, draft),
            revision=mark.canary,
            baseline=mark.baseline,
            secrets=secrets_pinned(env, mark.baseline),
            schema=schema,
        )
        try:
            prove_on_new_schema(env, plan, lease, mark.schema, lease.server_before())
        except MigrationRejected as rejected:
            if schema_revision(env) != mark.schema:
                raise
            journal().note(str(rejected))
    clear_marks(env, lease)


@step
def clear_up(env: Environment, draft: Draft) -> None:
    """What the run had for itself alone goes: its sources, the evidence of a trial that it won.

    The evidence of one that was cut short stays, for the same deploy run again.
    """
    if draft.record.result is Result.PROMOTED:
        forget_evidence(env, draft.record.canary)
    for name in list_names(env, env.state, source_prefix(env, draft.record.id)):
        delete_object(env, env.state, name)


def remove_jobs(env: Environment, left: Left, lease: HeldLease) -> None:
    """The jobs that nobody waits for any more, stopped and deleted."""
    if not left.jobs:
        return
    stop_leftovers(env, lease.keep)
    for job in left.jobs:
        delete_job(env, job)
        logger.info(f"{env.service.name}: job {job} was left; it is gone")


@contextmanager
def _record_of(env: Environment, left: Leftover, draft: Draft | None) -> Iterator[ReleaseRecord]:
    if draft:
        with resuming(env, draft) as record:
            yield record
        return
    with recording("settle", env, "") as record:
        record.canary, record.reason = left.serving, left.why
        yield record
        record.result = Result.ROLLED_BACK


def _image(env: Environment, mark: Mark, draft: Draft | None) -> str:
    """The image that changed the schema, which alone can take it back: the deploy's draft knows it, or its
    record, where that deploy had ended without being able to."""
    record = draft.record if draft else kept_record(env, mark.deploy)
    return record.image if record else ""


def _end(env: Environment, draft: Draft, undone: Leftover | None) -> None:
    record = draft.record
    if record.ended_at:  # and then it died
        return
    service: Service | None = read_service(env)
    ended, reason = how_it_ended(draft, service, undone)
    record.result, record.reason = record.result or ended, reason
