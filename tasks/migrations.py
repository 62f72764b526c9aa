"""Migrating the schema, by jobs from the release's own image.

Two jobs, as two deploys may plan at once: one for planning, named after this run, and one for changing,
named after the image, which only the holder of the lease runs. A deploy that died may have left the latter
running: it is stopped before another begins.
"""

import json
import logging
import re
import secrets as randomness
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from clients import alembic_job
from clients.database_part import Migration as Settings
from clients.environment import Environment
from clients.errors import ClientError, Rejected, Unavailable
from clients.jobs import (
    Execution,
    cancel_execution,
    create_job,
    delete_job,
    list_jobs,
    read_execution,
    run_job,
    running_executions,
)
from clients.logs import read_job_output
from clients.squawk import lint
from domain.job_report import assembled
from domain.migration import NOTHING, Migration, Step, one_head
from domain.refusal import Refused, refuse
from domain.release_plan import Plan
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.step import step
from tasks.waiting import wait_for

logger = logging.getLogger("muster")

LOG_LAG = timedelta(minutes=2)  # in which a job's output must have reached the log
LOCK_PAUSE = 1.0  # seconds before the second try for a lock; doubled before each further one

Keep = Callable[[], None]


class MigrationFailed(Exception):
    """The migration's job failed; Alembic's own transaction has taken back what it began."""


def plan_migration(
    env: Environment, image: str, pinned: Mapping[str, str], like: str | None, current: str
) -> Migration:
    """What the image's migrations would do to the schema as it is, rendered and linted, step by step.

    Raises:
        Refused: several heads, an unknown current revision, or no Alembic to be found.
    """
    if env.database is None:
        return NOTHING
    job = f"{env.service.name[:36]}-plan-{_digits(image)}-{_of_run(journal().record.id)}"
    asked = {"action": "plan", "command": env.database.migration.command, "current": current}
    try:
        _create(env, job, image, pinned, like)
        report = _run(env, job, asked, keep=lambda: None)
    finally:
        delete_job(env, job)
    return _migration(report, current)


@step
def migrate(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """Upgrade the schema to the image's head, waiting for locks again and again, never for long.

    Raises:
        MigrationFailed: with the end of what Alembic said.
    """
    assert env.database
    settings = env.database.migration
    asked = {
        "action": "upgrade",
        "command": settings.command,
        "to": plan.migration.head,
        "then": settings.seed,
    }
    _change(env, plan, asked, lease)
    journal().record.schema_after = plan.migration.head
    logger.info(f"{env.database.instance}: schema at {plan.migration.head}")


@step
def take_schema_back(env: Environment, plan: Plan, to: str, lease: HeldLease) -> None:
    """Downgrade the schema, from the new image: only it knows how."""
    assert env.database
    asked = {"action": "downgrade", "command": env.database.migration.command, "to": to}
    _change(env, plan, asked, lease)
    journal().record.schema_after = to
    logger.info(f"{env.database.instance}: schema taken back to {to or 'nothing'}")


def _change(env: Environment, plan: Plan, asked: dict[str, Any], lease: HeldLease) -> None:
    assert env.database
    stop_leftovers(env, lease.keep)
    pause = LOCK_PAUSE
    for attempt in range(1, env.database.migration.lock_attempts + 1):
        with _job(env, plan) as job:
            lease.check()  # from here on the database is in the job's hands
            report = _run(env, job, asked, keep=lease.keep)
        if report["exit"] == 0:
            return
        if not report["locked"]:
            break
        logger.info(f"{env.database.instance}: attempt {attempt}: other work holds a lock; trying again")
        for _ in range(round(pause / 0.25)):
            time.sleep(0.25)
            lease.keep()
        pause *= 2
    said = [line for line in report["output"].splitlines() if line.strip()]
    raise MigrationFailed(
        f"{env.database.instance}: alembic {asked['action']} to {asked['to'] or 'base'} failed: "
        f"{' / '.join(line.strip() for line in said[-3:])}"
    )


@contextmanager
def _job(env: Environment, plan: Plan) -> Iterator[str]:
    job = f"{env.service.name[:36]}-migrate-{_digits(plan.image)}"
    _create(env, job, plan.image, plan.secrets, plan.baseline or None)
    try:
        yield job
    finally:
        delete_job(env, job)


def _create(env: Environment, job: str, image: str, pinned: Mapping[str, str], like: str | None) -> None:
    assert env.database
    settings = env.database.migration
    create_job(
        env,
        job,
        image=image,
        command=[settings.python, "-c", Path(alembic_job.__file__).read_text()],
        secrets=pinned,
        like=like,
        extra={**settings.env, "PGOPTIONS": _limits(settings)},
        timeout=settings.timeout,
    )


def _limits(settings: Settings) -> str:
    """libpq's own way to set parameters of a session; drivers that are not libpq's do not read it."""
    lock = round(settings.lock_timeout.total_seconds() * 1000)
    statement = round(settings.statement_timeout.total_seconds() * 1000)
    return f"-c lock_timeout={lock} -c statement_timeout={statement}"


def _run(env: Environment, job: str, asked: dict[str, Any], keep: Keep) -> dict[str, Any]:
    """Run a job to its end and read its report. A run that is interrupted is stopped."""
    assert env.database
    execution = run_job(env, job, args=[json.dumps(asked)], mark=randomness.token_hex(8))

    def ended() -> Execution | None:
        now = read_execution(env, job, execution)
        return now if now.ended else None

    within = env.database.migration.timeout + timedelta(minutes=5)
    try:
        done = wait_for(ended, within, f"job {job}", keep)
    except ClientError:
        raise
    except BaseException:
        cancel_execution(env, job, execution)
        raise
    if done.failure:
        raise MigrationFailed(f"job {job}: {done.failure}")

    def report() -> dict[str, Any] | None:
        return assembled(read_job_output(env, job, execution, done.created))

    try:
        return wait_for(report, LOG_LAG, f"job {job}: its report in the log", keep)
    except (ValueError, Unavailable) as error:
        raise Rejected(f"job {job}: its report is not whole: {error}", "deploy again") from error


def stop_leftovers(env: Environment, keep: Keep) -> None:
    """Stop what a deploy that died may have left running, before anything else changes the schema."""
    own = re.compile(re.escape(env.service.name[:36]) + r"-migrate-[0-9a-f]{10}")
    for job in list_jobs(env):
        if not own.fullmatch(job):
            continue
        for execution in running_executions(env, job):
            logger.warning(f"job {job}: {execution} was left running by a deploy that died; stopping it")
            cancel_execution(env, job, execution)
            wait_for(
                lambda job=job, execution=execution: read_execution(env, job, execution).ended or None,  # type: ignore[misc]
                timedelta(minutes=1),
                f"job {job}: the end of {execution}",
                keep,
            )
        delete_job(env, job)


def jobs_of_nobody(env: Environment, alive: Iterable[str]) -> list[str]:
    """The jobs that are left where nobody holds the lease: each but those that a living run plans by."""
    if env.database is None:
        return []
    planning = {_of_run(run) for run in alive}
    stem = re.escape(env.service.name[:36])
    own = re.compile(stem + r"-(migrate-[0-9a-f]{10}|plan-[0-9a-f]{10}-(?P<run>[0-9a-f]{6}))")
    matches = [own.fullmatch(job) for job in list_jobs(env)]
    return [match[0] for match in matches if match and match["run"] not in planning]


def _of_run(run: str) -> str:
    return run.rpartition("-")[2]


def _migration(report: dict[str, Any], current: str) -> Migration:
    if report.get("failure"):
        raise refuse(
            f"the image's migrations cannot be read: {report['failure']}",
            "check database.migration.command in the environment file, and that the image has Alembic",
        )
    several = one_head(report["heads"])
    if several:
        raise Refused([several])
    if not report["knows_current"]:
        raise refuse(
            f"the schema is at {current}, which this image does not know: it is older than the schema",
            "go back with muster rollback, which leaves the schema as it is, or deploy a newer image",
        )
    steps = tuple(
        Step(
            revision=one["revision"],
            down_revision=one["down"],
            message=one["message"],
            sql=one["sql"],
            undo_sql=one["undo_sql"],
            why_not=one["why_not"],
        )
        for one in report.get("steps", [])
    )
    findings = tuple(finding for one in steps for finding in lint(one))
    head = report["heads"][0] if report["heads"] else ""
    return Migration(current, head, steps, findings)


def _digits(image: str) -> str:
    return image.rpartition("sha256:")[2][:10]
