"""The end of a run: who met what is counted, the record goes to the vault, and the end is told."""

import json
import logging
from datetime import UTC, datetime
from importlib import import_module

from clients.environment import Environment
from clients.errors import ClientError
from clients.objects import read_json, write_json_once
from domain.messages import end_text, exposure_text, headline, plain
from domain.record import ReleaseRecord, record_from_json
from domain.report import markdown, rows
from tasks.exposures import count_exposure
from tasks.flow_run import in_flow_run
from tasks.journal import Journal

logger = logging.getLogger("muster")


def finish(env: Environment, journal: Journal) -> bool:
    """Record it and tell it. Where somebody else has finished this record before, theirs stands: False."""
    record = journal.record
    if journal.met_at:
        seen = count_exposure(env, record.canary, journal.met_at, journal.proven_at)
        record.exposure |= {record.canary: seen} if seen else {}
    record.ended_at = datetime.now(UTC)
    text = end_text(record)
    stands = _keep(env, record)
    ours = stands is record
    if ours:
        logger.info(plain(f"{record.service}: {text}"))
        if told := exposure_text(record):
            journal.say(told)
        journal.say(text)
        journal.show(text)
    else:
        # what it was about to say and show when it fell asleep may have been told after the end
        what = f"the run's process, taken for dead before, has woken up: {text}"
        logger.warning(plain(f"{record.service}: {what}. What stands: {end_text(stands)}"))
        journal.say(f"{what}. What stands: {end_text(stands)}")
        journal.announcer.show(headline(stands, end_text(stands), None))
    if in_flow_run():  # last: a Prefect that went away is waited for, and Slack need not
        _publish(record)
    journal.announcer.close()
    return ours


def record_name(environment: str, run: str) -> str:
    """The object in the vault that is a run's record."""
    return f"releases/{environment}/{run}.json"


def _keep(env: Environment, record: ReleaseRecord) -> ReleaseRecord:
    """Write the record to the vault; the one that stands there then, which another may have written.

    Where it cannot be written, its whole text goes to the log, not to be lost.
    """
    name, content = record_name(env.name, record.id), record.to_json()
    try:
        if write_json_once(env, env.vault, name, content):
            return record
        there = read_json(env, env.vault, name) or content
    except ClientError as error:
        logger.warning(f"the record was not kept: {error}; here it is: {json.dumps(content)}")
        return record
    ours = there["reason"] == content["reason"]  # then it was us, and the answer was lost
    return record if ours else record_from_json(there)


def _publish(record: ReleaseRecord) -> None:
    """The record as artifacts of the flow run. Prefect being down fails no deploy."""
    artifacts = import_module("prefect.artifacts")
    key = f"{record.kind}-{record.environment}-{record.service}"
    try:
        artifacts.create_markdown_artifact(markdown(record), key=key, description=plain(end_text(record)))
        artifacts.create_table_artifact(rows(record), key=f"{key}-steps", description=f"steps of {record.id}")
    except Exception as error:
        logger.warning(f"Prefect did not take the run's artifacts: {error}")
