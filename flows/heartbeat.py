"""Heartbeat: a row and a write a second, and the ledger of those acknowledged. Never imports Prefect."""

from threading import Event

from clients.environment_files import load_environment
from domain.refusal import refuse
from tasks.heartbeat import keep_beating


def heartbeat(environment: str, stop: Event | None = None) -> None:
    """Beat until asked to stop. Safe in several copies: each has an epoch of its own.

    Raises:
        Refused: the environment's file cannot be used, or has no heartbeat.
        ClientError: the end of the ledger could not be written.
    """
    env = load_environment(environment)
    if env.heartbeat is None or env.database is None:
        lacks = "heartbeat" if env.database else "database"
        raise refuse(
            f"{env.name}: it has no {lacks} in its file",
            "write heartbeat: {credentials: SECRET}, with a login of its own to the service's database",
        )
    keep_beating(env, stop or Event())
