"""Freshness: how old the newest of everything is that a recovery would need. Never imports Prefect."""

from clients.environment_files import load_environment
from domain.freshness import Finding
from tasks.freshness import ages


def freshness(environment: str) -> list[Finding]:
    """A finding for each limit that the environment sets. Changes nothing, says nothing.

    Raises:
        Refused: the environment's file cannot be used.
        ClientError: an age cannot be told.
    """
    return ages(load_environment(environment))
