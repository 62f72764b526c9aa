"""Cloud Storage by plain HTTP: for what its client hides, such as headers, ranges and sessions."""

from typing import Any
from urllib.parse import quote

from requests import Response

from clients import rest_call
from clients.environment import Environment
from clients.google import storage_address


def ask(
    env: Environment, method: str, address: str, what: str, also: frozenset[int] = frozenset(), **request: Any
) -> Response:
    """As clients.rest_call has it; a session's 308 is an answer, and leads nowhere else."""
    return rest_call.ask(env, method, address, what, also, allow_redirects=False, **request)


def bucket_address(env: Environment, bucket: str) -> str:
    return f"{storage_address(env)}/storage/v1/b/{bucket}"


def object_address(env: Environment, bucket: str, name: str) -> str:
    return f"{bucket_address(env, bucket)}/o/{quote(name, safe='')}"


def media_address(env: Environment, bucket: str, name: str) -> str:
    """Where its bytes are read."""
    return f"{storage_address(env)}/download/storage/v1/b/{bucket}/o/{quote(name, safe='')}"


def upload_address(env: Environment, bucket: str) -> str:
    return f"{storage_address(env)}/upload/storage/v1/b/{bucket}/o"
