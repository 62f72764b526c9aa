"""Counting, at the end, who met a revision and who saw an error of it."""

import logging
import time
from datetime import datetime

from clients.cloud_run import read_service
from clients.environment import Environment
from clients.errors import ClientError
from clients.logs import read_requests
from domain.requests import Exposure, exposure, of_users

logger = logging.getLogger("muster")


def count_exposure(
    env: Environment, revision: str, since: datetime, until: datetime | None = None
) -> Exposure | None:
    """What users saw of a revision in that time, once the log had time to tell. None if it cannot be told."""
    time.sleep(env.canary.log_lag.total_seconds())
    try:
        service = read_service(env)
        entries, _ = read_requests(env, since=since, until=until, revision=revision)
    except ClientError as error:
        logger.warning(f"{revision}: who met it cannot be told: {error.what}")
        return None
    users = of_users(entries, service.tag_uris.values() if service else ())
    return exposure(users).get(revision, Exposure())
