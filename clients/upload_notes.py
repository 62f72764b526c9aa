"""The addresses of uploads under way, noted in the state bucket: a copy that was killed goes on by them."""

from clients.environment import Environment
from clients.object_uploads import ObjectUpload
from clients.objects import delete_object, read_json, write_json
from clients.stored_objects import Stored
from domain.vault_layout import reference


def note_upload(env: Environment, source: Stored, bucket: str, upload: ObjectUpload) -> None:
    """So that another process takes it up, of this very source."""
    content = {"source": source.reference, "generation": source.generation, "address": upload.address}
    write_json(env, env.state, _name(env, source, bucket), content)


def noted_upload(env: Environment, source: Stored, bucket: str) -> ObjectUpload | None:
    """The one that another process has left; None when there is none, or it was of another source."""
    found = read_json(env, env.state, _name(env, source, bucket))
    if not found or found.get("generation") != source.generation or not found.get("address"):
        return None
    return ObjectUpload(env, source, bucket, found["address"])


def forget_upload(env: Environment, source: Stored, bucket: str) -> None:
    """It has ended. What is forgotten already is forgotten."""
    delete_object(env, env.state, _name(env, source, bucket))


def _name(env: Environment, source: Stored, bucket: str) -> str:
    return f"copies/{env.name}/{reference(bucket, source.name).removeprefix('gs://')}"
