"""Tell the deploy under way to promote, abort, hold or resume: from Prefect's UI."""

import logging

from prefect import flow

from clients.environment_files import load_environment
from domain.orders import Verb
from tasks.orders import give_order

logger = logging.getLogger("muster")


@flow(flow_run_name="{verb} {environment}")
def order(environment: str, verb: Verb) -> None:
    """Leave the order where the deploy hears it at its next look.

    Raises:
        Refused: no deploy is under way.
    """
    env = load_environment(environment)
    logger.info(f"{env.name}: {give_order(env, verb)} was told to {verb}")
