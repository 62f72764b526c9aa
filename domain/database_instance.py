"""A Cloud SQL instance as its API tells it, and what of it stands in the way of recovery sets."""

from dataclasses import dataclass
from datetime import timedelta

from domain.refusal import Problem

RUNNABLE = "RUNNABLE"


@dataclass(frozen=True)
class Instance:
    """What a backup depends on."""

    name: str
    state: str  # Cloud SQL's own word
    version: str  # such as POSTGRES_17
    stopped: bool = False  # its state stays RUNNABLE all the same
    replica_of: str = ""
    backups: bool = True  # it takes some by itself
    point_in_time_recovery: bool = True
    log_kept: timedelta = timedelta(days=7)  # for recovery to an instant
    retains_backups: bool = True  # when it is deleted
    service_account: str = ""  # by which it writes exports


def unusable(name: str, instance: Instance | None) -> list[Problem]:
    """Why nothing at all can be taken of it; `instance` is None where there is none of that name."""
    if instance is None:
        return [
            Problem(
                f"{name}: there is no such Cloud SQL instance",
                "check project and database.instance in the environment's file",
            )
        ]
    if instance.state != RUNNABLE:
        return [Problem(f"{name}: it is {instance.state}", f"wait until it is {RUNNABLE}, or recover it")]
    if instance.stopped:
        return [
            Problem(f"{name}: it is stopped", f"gcloud sql instances patch {name} --activation-policy=ALWAYS")
        ]
    return []


def unrecoverable(name: str, instance: Instance | None) -> list[Problem]:
    """Why a recovery set cannot have a backup of it, or could not be brought to an instant."""
    if instance is None or (found := unusable(name, instance)):
        return unusable(name, instance)
    if instance.replica_of:
        found.append(
            Problem(
                f"{name}: it is a replica, and has no backups",
                f"write its primary, {instance.replica_of}, as database.instance in the environment's file",
            )
        )
    elif not instance.point_in_time_recovery:
        start = "" if instance.backups else "--backup-start-time=02:00 "
        found.append(
            Problem(
                f"{name}: point-in-time recovery is off, so it cannot be brought to the index's instant",
                f"gcloud sql instances patch {name} {start}--enable-point-in-time-recovery (it restarts)",
            )
        )
    return found


def remarks(instance: Instance) -> list[str]:
    """What is lost with the instance."""
    if instance.retains_backups:
        return []
    command = f"gcloud sql instances patch {instance.name} --retain-backups-on-delete"
    return [f"{instance.name}: its backups are lost when the instance is deleted; {command} keeps them"]
