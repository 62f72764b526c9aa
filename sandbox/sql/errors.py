"""What Cloud SQL Admin says when it refuses. Seen on the wire unless it says otherwise."""

from sandbox.kernel.errors import ReasonError


def no_instance() -> ReasonError:
    return ReasonError(404, "instanceDoesNotExist", "The Cloud SQL instance does not exist.")


def no_operation() -> ReasonError:
    return ReasonError(404, "operationDoesNotExist", "The Cloud SQL instance operation does not exist.")


def no_backup_run() -> ReasonError:
    """https://docs.cloud.google.com/sql/docs/postgres/error-messages; the wire's reason is unverified."""
    return ReasonError(404, "backupRunDoesNotExist", "The backup run does not exist.")


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


def too_many_backups(again_at: str) -> ReasonError:
    """The documents promise "an error message that tells you when you can retry"; this one is ours.

    https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/backup-options, "Backup rate limitations".
    """
    text = f"Quota exceeded for on-demand backups of this instance. The next one can be taken at {again_at}."
    return ReasonError(429, "rateLimitExceeded", text)
