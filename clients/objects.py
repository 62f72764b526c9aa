"""Small JSON objects and archives in the vault and in the state bucket."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clients.environment import Environment
from clients.errors import Corrupted, NotFound, PreconditionFailed, Rejected, told
from clients.google import storage_client
from clients.patience import attempt_timeout, patient


@patient
def read_json(env: Environment, bucket: str, name: str) -> dict[str, Any] | None:
    """The object's content; None when there is none."""
    blob = storage_client(env).bucket(bucket).blob(name)
    try:
        with told(f"gs://{bucket}/{name}: reading it"):
            content: dict[str, Any] = json.loads(
                blob.download_as_bytes(retry=None, timeout=attempt_timeout())
            )
            return content
    except NotFound:
        return None
    except ValueError as error:
        raise Rejected(
            f"gs://{bucket}/{name}: it is not JSON: {error}", "look at it, then delete it"
        ) from error


@patient
def read_text(env: Environment, bucket: str, name: str) -> str | None:
    """The object's content as text; None when there is none. A text, not a bulk of data: all of it at once.

    Raises:
        Corrupted: it is not UTF-8, or not what was written.
    """
    blob = storage_client(env).bucket(bucket).blob(name)
    try:
        with told(f"gs://{bucket}/{name}: reading it"):
            content: bytes = blob.download_as_bytes(retry=None, timeout=attempt_timeout())
        return content.decode()
    except NotFound:
        return None
    except UnicodeDecodeError as error:
        raise Corrupted(f"gs://{bucket}/{name}: it is not text", "it was altered; read a copy") from error


@patient
def write_text_once(
    env: Environment,
    bucket: str,
    name: str,
    text: str,
    content_type: str = "application/json",
    *,
    shown: bool = False,
) -> None:
    """Write it where nothing is yet; what stands there already is to be the same. A browser is to show it,
    or, as storage has it, to download it.

    Raises:
        PreconditionFailed: something else stands there.
    """
    blob = storage_client(env).bucket(bucket).blob(name)
    blob.content_disposition = "inline" if shown else None
    try:
        with told(f"gs://{bucket}/{name}: writing it"):
            blob.upload_from_string(
                text, content_type=content_type, if_generation_match=0, checksum="crc32c",
                retry=None, timeout=attempt_timeout(),
            )  # fmt: skip
    except PreconditionFailed:
        if read_text(env, bucket, name) != text:
            raise  # else it was us, and the answer was lost


@patient
def write_json(env: Environment, bucket: str, name: str, content: dict[str, Any]) -> None:
    """Write it, over what was there."""
    _upload(env, bucket, name, content, None)


@patient
def write_json_over(
    env: Environment, bucket: str, name: str, content: dict[str, Any], generation: int
) -> int:
    """Write it over that generation (0: there must be none); the generation it has now.

    Raises:
        PreconditionFailed: it is another by now, or it was us and the answer was lost.
    """
    return _upload(env, bucket, name, content, generation)


@patient
def write_json_once(env: Environment, bucket: str, name: str, content: dict[str, Any]) -> bool:
    """Write it where nothing is yet; False when something was: what a second call finds, too."""
    try:
        _upload(env, bucket, name, content, 0)
    except PreconditionFailed:
        return False
    return True


@patient
def delete_object(env: Environment, bucket: str, name: str) -> None:
    """Delete it; what is gone already is gone."""
    blob = storage_client(env).bucket(bucket).blob(name)
    try:
        with told(f"gs://{bucket}/{name}: deleting it"):
            blob.delete(retry=None, timeout=attempt_timeout())
    except NotFound:
        return


@patient
def object_size(env: Environment, bucket: str, name: str) -> int | None:
    """Its bytes; None when there is no such object."""
    blob = storage_client(env).bucket(bucket).blob(name)
    try:
        with told(f"gs://{bucket}/{name}: looking at it"):
            blob.reload(retry=None, timeout=attempt_timeout())
    except NotFound:
        return None
    return int(blob.size)


@patient
def list_names(env: Environment, bucket: str, prefix: str) -> list[str]:
    """The names of the objects under a prefix, in their order."""
    with told(f"gs://{bucket}/{prefix}: listing it"):
        found = storage_client(env).list_blobs(
            bucket, prefix=prefix, retry=None, timeout=attempt_timeout(), fields="items(name),nextPageToken"
        )
        return [blob.name for blob in found]


@patient
def upload_file(env: Environment, bucket: str, name: str, file: Path) -> int:
    """Upload a file, in pieces; the generation of the object it became."""
    blob = storage_client(env).bucket(bucket).blob(name)
    with told(f"gs://{bucket}/{name}: uploading {file}"):
        blob.upload_from_filename(str(file), retry=None, timeout=attempt_timeout(), checksum="crc32c")
        return int(blob.generation)


def link(env: Environment, bucket: str, name: str) -> str:
    """Where a person reads the object."""
    return env.links.record.format(google=env.endpoints.google, bucket=bucket, object=quote(name, safe=""))


def _upload(env: Environment, bucket: str, name: str, content: dict[str, Any], generation: int | None) -> int:
    blob = storage_client(env).bucket(bucket).blob(name)
    with told(f"gs://{bucket}/{name}: writing it"):
        blob.upload_from_string(
            json.dumps(content, indent=2, ensure_ascii=False),
            content_type="application/json",
            if_generation_match=generation,
            retry=None,
            timeout=attempt_timeout(),
        )
        return int(blob.generation)
