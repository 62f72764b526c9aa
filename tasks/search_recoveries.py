"""The search index of an environment, brought back where the service looks for it."""

import logging
from collections.abc import Callable
from datetime import timedelta

from clients.catalogue import read_manifest
from clients.environment import Environment
from clients.jobs import create_job
from clients.restores import Restoring, begin_restore, read_restoring
from clients.snapshots import read_snapshot
from domain import wording
from domain.manifest import manifest_from_text
from domain.recovery_record import RecoveryRecord
from domain.recovery_set import Kind
from tasks.job_ends import run_to_its_end
from tasks.logbook import logbook
from tasks.repointing import like_serving
from tasks.step import step
from tasks.waiting import CLOSELY, wait_for

TAKES = timedelta(hours=12)
LONGEST = 40  # characters of the service's name in a job's

logger = logging.getLogger("muster")

Keep = Callable[[], None]
Tell = Callable[[str], None]


class SearchNotRecovered(Exception):
    """The index is not back."""


@step(named="restore what is missing of the index")
def restore_missing(env: Environment, record: RecoveryRecord, keep: Keep, tell: Tell) -> None:
    """Restore the indices of the set's snapshot that are not there. What is there stays as it is: nothing of
    production's is deleted. Safe to repeat.

    Raises:
        SearchNotRecovered: the snapshot is gone, or a shard cannot be restored.
    """
    if not record.set_id:
        return
    part = next(
        (
            each
            for each in manifest_from_text(read_manifest(env, record.set_id)).parts
            if each.kind is Kind.SEARCH
        ),
        None,
    )
    reference = part.references[0] if part else ""
    snapshot = read_snapshot(env, reference) if reference else None
    if snapshot is None:
        raise SearchNotRecovered(f"{record.set_id}: its snapshot {reference} is gone; name another set")
    missing = list(read_restoring(env, snapshot.indices).missing)
    if missing:
        begin_restore(env, reference, missing)
        logbook().note(f"{wording.listed(missing)} is restored from {reference}")
    else:
        logbook().note(
            "every index of the snapshot is there, and stays: one that is damaged is to be deleted first"
        )

    def started() -> Restoring | None:
        now = read_restoring(env, snapshot.indices)
        tell(f"{wording.size(now.copied)} of {wording.size(now.to_copy)}")
        if now.trouble:
            raise SearchNotRecovered(f"{reference}: {now.trouble}")
        return now if now.done else None

    wait_for(started, TAKES, f"the restore of {reference}", keep, growth=CLOSELY)


@step
def reindex_serving(env: Environment, record: RecoveryRecord, keep: Keep) -> None:
    """Run the reindex command from the image that serves, bound as it is, to its end; then the job is
    deleted. One that an earlier run began is waited for. Nothing is done where the environment has none.

    Raises:
        SearchNotRecovered: the job failed, with the end of its log.
    """
    if env.search is None or env.search.reindex is None:
        return
    settings, serving = env.search.reindex, like_serving(env)
    job = f"{env.service.name[:LONGEST]}-reindex"
    create_job(
        serving.env,
        job,
        image=serving.image,
        command=settings.command,
        secrets=serving.secrets,
        like=serving.revision,
        extra={},
        timeout=settings.timeout,
    )
    failed = run_to_its_end(env, job, mark=record.id, timeout=settings.timeout, keep=keep)
    if failed:
        raise SearchNotRecovered(failed)
