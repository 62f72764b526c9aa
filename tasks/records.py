"""Recording a run, whatever becomes of it: in the vault, as Prefect artifacts, in Slack."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module

from clients.environment import Environment
from clients.errors import ClientError
from clients.objects import link, list_names, read_json, write_json_once
from clients.settings import who
from domain.lease import LeaseLost
from domain.messages import end_text, exposure_text, plain
from domain.record import ReleaseRecord, Result, record_from_json
from domain.refusal import Refused
from domain.report import markdown, rows
from domain.traffic import TrafficChanged
from tasks.announcements import Announcer
from tasks.exposures import count_exposure
from tasks.journal import Journal, journalling
from tasks.runs import new_id, run_url
from tasks.step import in_flow_run
from tasks.undisturbed import undisturbed

logger = logging.getLogger("muster")


@contextmanager
def recording(kind: str, env: Environment, ref: str) -> Iterator[ReleaseRecord]:
    """Inside, a run is under way; at its end it is recorded and announced, and an exception goes on.

    The flow sets the result where it knows better than the exception: PROMOTED, UNCHANGED, ROLLED_BACK.
    """
    record = ReleaseRecord(
        id=new_id(),
        kind=kind,
        environment=env.name,
        service=env.service.name,
        ref=ref,
        who=who(),
        started_at=datetime.now(UTC),
        run_url=run_url(),
    )
    record.record_url = link(env, env.vault, _name(record))
    announcer = Announcer(env)
    with journalling(Journal(record, announcer)) as journal:
        journal.show("begun")
        try:
            yield record
        except BaseException as failure:
            record.result = _result(record, failure)
            record.reason = str(failure) or type(failure).__name__
            raise
        finally:
            with undisturbed():
                _finish(env, record, journal)


def latest_records(env: Environment, count: int) -> list[ReleaseRecord]:
    """The newest records of an environment, newest first."""
    names = list_names(env, env.vault, f"releases/{env.name}/")
    found = (read_json(env, env.vault, name) for name in names[::-1][:count])
    return [record_from_json(content) for content in found if content]


def _result(record: ReleaseRecord, failure: BaseException) -> Result:
    if isinstance(failure, LeaseLost | TrafficChanged):
        return Result.HANDED_OVER
    if isinstance(failure, Refused):
        return Result.REFUSED
    return record.result or Result.FAILED


def _finish(env: Environment, record: ReleaseRecord, journal: Journal) -> None:
    if journal.met_at:
        seen = count_exposure(env, record.canary, journal.met_at, journal.proven_at)
        record.exposure |= {record.canary: seen} if seen else {}
    record.ended_at = datetime.now(UTC)
    text = end_text(record)
    logger.info(plain(f"{record.service}: {text}"))
    _keep(env, record)
    if in_flow_run():
        _publish(record)
    if told := exposure_text(record):
        journal.say(told)
    journal.say(text)
    journal.show(text)
    journal.announcer.close()


def _keep(env: Environment, record: ReleaseRecord) -> None:
    """Write the record to the vault. Where that cannot be, its whole text goes to the log, not to be lost."""
    try:
        write_json_once(env, env.vault, _name(record), record.to_json())
    except ClientError as error:
        logger.warning(f"the record was not kept: {error}; here it is: {json.dumps(record.to_json())}")


def _publish(record: ReleaseRecord) -> None:
    """The record as artifacts of the flow run. Prefect being down fails no deploy."""
    artifacts = import_module("prefect.artifacts")
    key = f"{record.kind}-{record.environment}-{record.service}"
    try:
        artifacts.create_markdown_artifact(markdown(record), key=key, description=plain(end_text(record)))
        artifacts.create_table_artifact(rows(record), key=f"{key}-steps", description=f"steps of {record.id}")
    except Exception as error:
        logger.warning(f"Prefect did not take the run's artifacts: {error}")


def _name(record: ReleaseRecord) -> str:
    return f"releases/{record.environment}/{record.id}.json"
