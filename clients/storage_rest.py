"""Cloud Storage by plain HTTP: for what its client hides, such as headers, ranges and sessions."""

from typing import Any
from urllib.parse import quote

from requests import Response

from clients.environment import Environment
from clients.errors import by_status, message_of, told
from clients.google import session, storage_address
from clients.patience import attempt_timeout


def ask(
    env: Environment, method: str, address: str, what: str, also: frozenset[int] = frozenset(), **request: Any
) -> Response:
    """One attempt of a call. A status of 400 and more is a ClientError that begins with `what`, unless it
    is one of `also`."""
    with told(what):
        answer: Response = session(env).request(  # type: ignore[no-untyped-call]
            method, address, timeout=attempt_timeout(), allow_redirects=False, **request
        )
    if answer.status_code >= 400 and answer.status_code not in also:
        raise by_status(answer.status_code, f"{what}: {message_of(answer)}")
    return answer


def bucket_address(env: Environment, bucket: str) -> str:
    return f"{storage_address(env)}/storage/v1/b/{bucket}"


def object_address(env: Environment, bucket: str, name: str) -> str:
    return f"{bucket_address(env, bucket)}/o/{quote(name, safe='')}"


def media_address(env: Environment, bucket: str, name: str) -> str:
    """Where its bytes are read."""
    return f"{storage_address(env)}/download/storage/v1/b/{bucket}/o/{quote(name, safe='')}"


def upload_address(env: Environment, bucket: str) -> str:
    return f"{storage_address(env)}/upload/storage/v1/b/{bucket}/o"
