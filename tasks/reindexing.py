"""The index brought to the database's cut by the application's own job, and both counted."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from clients.answers import answer
from clients.copied_services import create_job_from_copy
from clients.drill_part import SameCount
from clients.errors import Rejected
from clients.inquiries import as_service
from clients.restores import count_in, refresh
from domain import wording
from domain.drill_check import DrillCheck, Result
from domain.manifest import Manifest
from tasks.job_ends import run_to_its_end
from tasks.set_files import read_set_json
from tasks.step import step
from tasks.target_services import FILE, connections, drill_versions, image_of_set, one_instance
from tasks.targets import Target
from tasks.timed_checks import checked

logger = logging.getLogger("muster")

COUNTS = timedelta(minutes=30)  # that one query may take

Keep = Callable[[], None]


class ReindexFailed(Exception):
    """The application's job did not bring the index to the database's cut."""


@step
def reindex(target: Target, manifest: Manifest, keep: Keep) -> None:
    """Run the environment's reindex command from the set's image, bound to what was restored, to its end.

    Nothing is done where the environment has none. A run of this drill's that was begun is waited for. The
    job is deleted afterwards; its log stays in Cloud Logging.

    Raises:
        Refused: it would be given something of production's. Nothing was made.
        ReindexFailed: with the last lines of its log, passwords left out.
        Unavailable: it did not end in its time.
    """
    search = target.env.search
    if search is None or search.reindex is None:
        return
    env, settings, job = one_instance(target.env), search.reindex, job_name(target)
    copy = read_set_json(env, manifest, FILE)
    pinned = drill_versions(target, copy)
    keep()
    began = time.monotonic()
    create_job_from_copy(
        env,
        job,
        copy,
        image=image_of_set(manifest),
        command=settings.command,
        secrets=pinned,
        labels=target.labels,
        connections=connections(target),
        timeout=settings.timeout,
    )
    failed = run_to_its_end(env, job, mark=target.drill, timeout=settings.timeout, keep=keep)
    if failed:
        raise ReindexFailed(failed)
    took = wording.length(timedelta(seconds=time.monotonic() - began))
    logger.info(f"{env.service.name}: {' '.join(settings.command)} took {took}")


def same_counts(target: Target, within: timedelta = COUNTS) -> list[DrillCheck]:
    """For each of drill.counts: the restored index has as many documents as the restored database's query
    counts, each named and timed. One that cannot be counted is no pass."""
    return [
        checked(f"documents of {each.index}", lambda each=each: _counted(target, each, within))  # type: ignore[misc]
        for each in target.source.drill.counts
    ]


def job_name(target: Target) -> str:
    return f"{target.name}-reindex"


def _counted(target: Target, wanted: SameCount, within: timedelta) -> tuple[Result, str]:
    refresh(target.env, wanted.index)
    documents = count_in(target.env, wanted.index)
    rows = answer(as_service(target.env, within), wanted.sql)
    if isinstance(rows, bool) or not isinstance(rows, int):
        raise Rejected(f"{wanted.index}: its query answered no whole number", "let it count")
    if rows == documents:
        return Result.PASSED, f"{wording.counted(documents, 'document')}, and as many rows"
    return Result.FAILED, f"{wording.counted(documents, 'document')}, and {wording.counted(rows, 'row')}"
