"""A job of the application's, run to its end, with what it said where it failed."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from clients.environment import Environment
from clients.errors import ClientError
from clients.jobs import Execution, cancel_execution, delete_job, read_execution, run_job
from clients.logs import read_job_log
from domain.redaction import redacted
from tasks.waiting import wait_for

BEGINS = timedelta(minutes=10)  # until a job's run has begun, beyond its own limit
LOG_LAG = 15.0  # seconds in which what a job said has reached the log
LINES = 5  # of its log, the last ones

Keep = Callable[[], None]


def run_to_its_end(env: Environment, job: str, *, mark: str, timeout: timedelta, keep: Keep) -> str:
    """Run a job that is there, and delete it; how it failed, with the end of its log, or nothing.

    The run of that mark that an earlier process began is waited for. The job goes whether it failed or not,
    so that it can be run again; its log stays in Cloud Logging. Whatever else ends the waiting but a call
    that failed cancels the run.

    Raises:
        Unavailable: it did not end within its own `timeout`, and ten minutes to begin.
    """
    execution = run_job(env, job, args=[], mark=mark)

    def ended() -> Execution | None:
        now = read_execution(env, job, execution)
        return now if now.ended else None

    try:
        done = wait_for(ended, timeout + BEGINS, f"job {job}", keep)
        lines = _last_lines(env, job, execution, done.created, keep) if done.failure else []
    except BaseException as failure:
        if not isinstance(failure, ClientError):
            cancel_execution(env, job, execution)
        raise
    delete_job(env, job)
    if not done.failure:
        return ""
    said = " / ".join(lines) or "it said nothing"
    return f"job {job}: {redacted(done.failure)} The end of its log: {said}"


def _last_lines(env: Environment, job: str, execution: str, created: datetime, keep: Keep) -> list[str]:
    """Once two looks find the same, or time is up."""
    end, before = time.monotonic() + LOG_LAG, [""]
    while True:
        found = [line for line in read_job_log(env, job, execution, created) if line.strip()]
        if (found and found == before) or time.monotonic() > end:
            return [redacted(line.strip()) for line in found[-LINES:]]
        before = found
        keep()
        time.sleep(1)
