"""What Secret Manager says when it refuses. Seen on the wire unless it says otherwise."""

from sandbox.kernel.errors import RpcError


def no_secret(secret: str) -> RpcError:
    return RpcError("NOT_FOUND", f"Secret [{secret}] not found.")


def no_secret_or_versions(secret: str) -> RpcError:
    """What access answers, of a secret and of `latest` alike."""
    return RpcError("NOT_FOUND", f"Secret [{secret}] not found or has no versions.")


def no_version(version: str) -> RpcError:
    return RpcError("NOT_FOUND", f"Secret Version [{version}] not found.")


def secret_exists(secret: str) -> RpcError:
    return RpcError("ALREADY_EXISTS", f"Secret [{secret}] already exists.")


def wrong_state(version: str, state: str) -> RpcError:
    return RpcError("FAILED_PRECONDITION", f"Secret Version [{version}] is in {state} state.")


def bad_id(name: str) -> RpcError:
    text = f"The provided Secret ID [{name}] does not match the expected format [[a-zA-Z_0-9]+]"
    return RpcError("INVALID_ARGUMENT", text)


def empty_payload() -> RpcError:
    return RpcError("INVALID_ARGUMENT", "Secret Payload cannot be empty.")


def invalid(what: str) -> RpcError:
    """A text of ours: the real one is unverified."""
    return RpcError("INVALID_ARGUMENT", what)


def stale(etag: str) -> RpcError:
    """Unverified."""
    return RpcError("FAILED_PRECONDITION", f"The etag [{etag}] is not the current one.")


def not_authorized(project: str) -> RpcError:
    text = f"Permission denied on resource project {project}."
    return RpcError("PERMISSION_DENIED", text)
