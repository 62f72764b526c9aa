"""The span of instants to which the database can be brought back, as Cloud SQL tells it now."""

from datetime import UTC, datetime
from typing import Any

from clients.cloud_sql import admin, instance_of
from clients.environment import Environment
from clients.errors import Rejected, told
from clients.patience import patient
from domain.recovery_set import Window


@patient
def read_window(env: Environment) -> Window | None:
    """The recovery window; None while there is none, as in the minutes after it was switched on.

    Raises:
        Rejected: point-in-time recovery is off, or the environment has no database.
        NotFound: there is no such instance.
    """
    instance = instance_of(env)
    try:
        with told(f"{instance}: reading its recovery window"):
            found = (
                admin(env)
                .projects()
                .instances()
                .getLatestRecoveryTime(project=env.project, instance=instance)
                .execute()
            )
    except Rejected as error:
        hint = f"gcloud sql instances patch {instance} --enable-point-in-time-recovery (it restarts)"
        raise Rejected(error.what, hint) from error
    return _window(found)


def _window(found: dict[str, Any]) -> Window | None:
    """Where only its end is told, that instant alone is known."""
    if "latestRecoveryTime" not in found:
        return None
    latest = _instant(found["latestRecoveryTime"])
    earliest = _instant(found.get("earliestRecoveryTime", found["latestRecoveryTime"]))
    return Window(earliest, latest) if earliest <= latest else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
