"""Keeping account of leases that were taken from their holders, for `settle` to know what they sign."""

import logging
from datetime import datetime

from clients.cloud_run import read_service
from clients.environment import Environment
from clients.errors import ClientError
from clients.objects import read_json, write_json
from domain.fences import Fences, fences_from_json
from domain.traffic import PREVIOUS

logger = logging.getLogger("muster")


def read_fences(env: Environment) -> Fences:
    """The fenced leases of an environment; none is the usual case."""
    kept = read_json(env, env.state, _name(env))
    return fences_from_json(kept) if kept else Fences()


def fence(env: Environment, nonce: str, now: datetime) -> None:
    """Note that this lease was taken from its holder. Call it holding the lease."""
    try:
        write_json(env, env.state, _name(env), read_fences(env).fenced(nonce, now).to_json())
    except ClientError as error:
        logger.warning(f"{env.name}: it is not noted that a lease was taken over: {error.what}")


def note_what_serves(env: Environment, now: datetime) -> None:
    """Note what serves now, where a fenced lease's holder may yet wake. Call it holding the lease."""
    try:
        fences = read_fences(env)
        if not fences.taken:
            return
        service = read_service(env)
        shares = service.asked.shares if service and service.asked else {}
        serving = next(iter(shares)) if len(shares) == 1 else ""
        previous = service.asked.tags.get(PREVIOUS, "") if service and service.asked else ""
        settled = fences.settled(serving, previous, now)
        if settled != fences:
            write_json(env, env.state, _name(env), settled.to_json())
    except ClientError as error:
        logger.warning(f"{env.name}: what serves is not noted: {error.what}")


def _name(env: Environment) -> str:
    return f"fences/{env.name}.json"
