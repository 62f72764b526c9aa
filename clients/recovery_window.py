"""The recovery window: the span of instants to which Cloud SQL can bring the database back, as it is now."""

from datetime import UTC, datetime

from clients.cloud_sql import admin, instance_of
from clients.environment import Environment
from clients.errors import told
from clients.patience import patient
from domain.recovery_set import Window


@patient
def read_window(env: Environment) -> Window | None:
    """The window; None while there is none: no backup stands beside the archived log yet.

    Raises:
        ClientError: point-in-time recovery is off, or the instance is not there.
    """
    instance = instance_of(env)
    with told(f"{instance}: reading its recovery window"):
        found = (
            admin(env)
            .projects()
            .instances()
            .getLatestRecoveryTime(project=env.project, instance=instance)
            .execute()
        )
    if "latestRecoveryTime" not in found or "earliestRecoveryTime" not in found:
        return None
    return Window(_instant(found["earliestRecoveryTime"]), _instant(found["latestRecoveryTime"]))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
