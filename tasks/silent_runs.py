"""Runs that died, as Slack shows them: whether one had told its end; an end for those nobody settles."""

import logging
from datetime import datetime, timedelta

from clients.environment import Environment
from clients.errors import ClientError
from clients.leases import read_lease
from clients.slack import CLOCKS_APART, Slack
from domain.run_report import SIGNS, End, title

logger = logging.getLogger("muster")

RIGHTS = {  # which lease each kind of run holds
    "backup": "backup",
    "verify set": "checks",
    "copy set": "copies",
    "expire": "expire",
    "export": "export",
    "snapshot search": "search",
}
BACK = timedelta(days=2)  # as far as is looked
TOLD = f"{SIGNS[End.FAILED]} its process ended without a word; run it again"


def end_silent_runs(env: Environment, grace: timedelta = CLOCKS_APART) -> int:
    """Let the message of each run that died say so; how many there were. A failure is only logged.

    One is dead that says it is under way while no live lease names it. That is read first: a run that ends
    meanwhile has told its end by then. What was posted within the `grace` may not have its lease yet.
    """
    if not env.slack:
        return 0
    try:
        exchanges = [read_lease(env, right) for right in RIGHTS.values()]
        now = exchanges[0].date
        live = [each.reading.lease.holder for each in exchanges if each.reading and not each.reading.lapsed]
        slack = Slack(env)
        under_way = tuple(
            f"{title(env.service.name, kind, env.name)}: {SIGNS[End.UNDER_WAY]}" for kind in RIGHTS
        )
        dead = [
            posted
            for posted in slack.posted_since(now - BACK)
            if posted.text.startswith(under_way)
            and posted.at < now - grace
            and not any(posted.run in holder for holder in live)
        ]
        for posted in dead:
            slack.retell(posted, TOLD)
            logger.info(f"{posted.title}: run {posted.run} ended without a word; Slack says so now")
        return len(dead)
    except ClientError as error:
        logger.warning(f"{env.name}: messages of runs that died may stay under way: {error}")
        return 0


def has_told_its_end(env: Environment, run: str, since: datetime) -> bool:
    """Whether that run's message says how it ended. Where Slack does not tell: no."""
    try:
        told = Slack(env).posted_since(since - CLOCKS_APART)
    except ClientError as error:
        logger.warning(f"{env.name}: what run {run} said in Slack cannot be read: {error.what}")
        return False
    return any(each.run == run and SIGNS[End.UNDER_WAY] not in each.text for each in told)
