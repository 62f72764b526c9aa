"""The alarm of freshness: remembered in the state bucket while it rings, heard as one message in Slack."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from clients.environment import Environment
from clients.errors import ClientError
from clients.objects import delete_object, read_json, write_json
from domain.alarm import Alarm, alarm_from_json, difference, over, ringing, rings
from domain.messages import Message
from tasks.announcements import Announcer
from tasks.runs import new_id

logger = logging.getLogger("muster")

RUNBOOK = "docs/runbooks/freshness.md"


def ring(env: Environment, what: Sequence[str], reasons: Sequence[str]) -> None:
    """Say that these are not fresh: in the message of the alarm that rings already, or in a new one.

    Where its memory does not answer the alarm is the day's: one message a day at most all the same.
    """
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        before = _read(env)
        alarm = rings(before, what, now, f"freshness-{new_id()}")
        write_json(env, env.state, _name(env), alarm.to_json())
    except ClientError as error:
        logger.warning(f"{env.name}: the alarm is not remembered: {error.what}")
        before, alarm = None, Alarm(midnight, midnight, f"freshness-{env.name}-{now:%Y%m%d}", tuple(what))
    _say(env, ringing(alarm, _title(env), reasons, now, RUNBOOK), difference(before, alarm))


def quieten(env: Environment) -> None:
    """Say that all is fresh again, if an alarm was ringing."""
    alarm = _read(env)
    if alarm:
        _say(env, over(alarm, _title(env), datetime.now(UTC)), "all is fresh again")
        delete_object(env, env.state, _name(env))


def _read(env: Environment) -> Alarm | None:
    """The alarm that rings. One that cannot be read is begun anew."""
    content = read_json(env, env.state, _name(env))
    if content is None:
        return None
    try:
        return alarm_from_json(content)
    except ValueError as error:
        logger.warning(f"gs://{env.state}/{_name(env)}: what is there is no alarm: {error}")
        return None


def _say(env: Environment, message: Message, thread: str) -> None:
    announcer = Announcer(env, resumes=True)
    announcer.show(message)
    if thread:
        announcer.say(thread)
    announcer.close()


def _title(env: Environment) -> str:
    return f"{env.service.name}: freshness → {env.name}"


def _name(env: Environment) -> str:
    return f"alarms/{env.name}/freshness.json"
