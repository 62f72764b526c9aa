"""What Cloud SQL Admin says when it refuses. Seen on the wire unless it says otherwise."""

from sandbox.kernel.errors import ReasonError


def no_instance() -> ReasonError:
    return ReasonError(404, "instanceDoesNotExist", "The Cloud SQL instance does not exist.")


def no_operation() -> ReasonError:
    return ReasonError(404, "operationDoesNotExist", "The Cloud SQL instance operation does not exist.")


def no_backup_run() -> ReasonError:
    """https://docs.cloud.google.com/sql/docs/postgres/error-messages; the wire's reason is unverified."""
    return ReasonError(404, "backupRunDoesNotExist", "The backup run does not exist.")


def no_backup() -> ReasonError:
    """One of the newer backups, by its name; unverified."""
    return ReasonError(404, "backupDoesNotExist", "The backup does not exist.")


def no_backup_to_clone() -> ReasonError:
    """https://github.com/hashicorp/terraform-provider-google/issues/14305"""
    text = (
        "A successful backup that's required for carrying out the CLONE operation can't be found, or a "
        "backup that was created before the restored timestamp can't be found. Modify the ID or timestamp "
        "for the backup."
    )
    return ReasonError(400, "errorBackupNotFound", text)


def after_latest(latest: str) -> ReasonError:
    """https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/pitr; its reason is unverified."""
    text = (
        f"The timestamp for point-in-time recovery is after the latest recovery time of {latest}. Clone the "
        "instance with a time that's earlier than this recovery time."
    )
    return ReasonError(400, "invalid", text)


def bucket_forbidden() -> ReasonError:
    """https://docs.cloud.google.com/sql/docs/postgres/troubleshooting; its reason is unverified."""
    text = "The service account does not have the required permissions for the bucket."
    return ReasonError(403, "notAuthorized", text)


def no_recovery_log() -> ReasonError:
    """What is asked of a recovery window where point-in-time recovery is off; unverified."""
    return invalid("Point in time recovery is not enabled for the instance.")


def not_found() -> ReasonError:
    """A database or a user that is not there; unverified."""
    return ReasonError(404, "notFound", "Not Found")


def not_authorized() -> ReasonError:
    """What a project of somebody else's answers."""
    return ReasonError(403, "notAuthorized", "The client is not authorized to make this request.")


def instance_exists() -> ReasonError:
    text = (
        "The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name of the "
        "deleted instance until one week from the deletion date."
    )
    return ReasonError(409, "instanceAlreadyExists", text)


def in_progress() -> ReasonError:
    text = "Operation failed because another operation was already in progress."
    return ReasonError(409, "operationInProgress", text)


def invalid_state() -> ReasonError:
    """409 and not 400: https://github.com/hashicorp/terraform/issues/4557"""
    text = "The instance or operation is not in an appropriate state to handle the request."
    return ReasonError(409, "invalidState", text)


def has_replicas() -> ReasonError:
    """Seen where a primary is deleted; where one is restored its words are unverified."""
    text = "The requested operation is not valid for a replication master instance."
    return ReasonError(400, "errorReplicationMasterInvalidOperation", text)


def is_replica() -> ReasonError:
    """What only a primary does, asked of a replica; its words are unverified."""
    text = "The requested operation is not valid for a replica instance."
    return ReasonError(400, "errorReplicaInvalidOperation", text)


def not_a_replica() -> ReasonError:
    """Its words are unverified."""
    return invalid("The instance is not a read replica.")


def not_designated() -> ReasonError:
    """`failover=true` is for the designated replica of an Enterprise Plus primary; unverified words."""
    return invalid("Replica failover is only supported for a designated disaster recovery (DR) replica.")


def other_version(instance: str, backup: str) -> ReasonError:
    """https://github.com/GoogleCloudPlatform/magic-modules/pull/14653"""
    return invalid(
        "Database type of target instance and backup differ. "
        f"Instance database type: {instance}, Backup database type: {backup}."
    )


def stale() -> ReasonError:
    where = {"locationType": "header", "location": "If-Match"}
    return ReasonError(412, "staleData", "Condition does not match.", **where)


def invalid(what: str) -> ReasonError:
    return ReasonError(400, "invalid", f"Invalid request: {what}")


def not_running() -> ReasonError:
    return invalid("Invalid request since instance is not running.")


def protected() -> ReasonError:
    """The text was seen on the wire; its reason is unverified."""
    text = (
        "The instance is protected. Please disable the deletion protection and try again. To disable "
        "deletion protection, update the instance settings with deletionProtectionEnabled set to false."
    )
    return ReasonError(400, "protectedInstanceDeletionFailure", text)


def too_many_restores(again_at: str) -> ReasonError:
    """Three in 30 minutes of one backup: backup-recovery/restore in the documents; this text is ours."""
    text = f"Quota exceeded for restores of this backup. It can be restored again at {again_at}."
    return ReasonError(429, "rateLimitExceeded", text)


def too_many_backups(again_at: str) -> ReasonError:
    """The documents promise "an error message that tells you when you can retry"; this one is ours.

    https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/backup-options, "Backup rate limitations".
    """
    text = f"Quota exceeded for on-demand backups of this instance. The next one can be taken at {again_at}."
    return ReasonError(429, "rateLimitExceeded", text)
