"""Drafts of records in the state bucket: written by whom they are of, found by their age when they died.

The age is by the storage server's own clock, as a lease's is.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clients.environment import Environment
from clients.errors import PreconditionFailed, Rejected, told
from clients.google import storage_client
from clients.objects import delete_object, read_json, write_json_over
from clients.pages import object_pages
from clients.patience import attempt_timeout, patient
from domain.draft import Draft, draft_from_json

WRITER = "writer"  # the process, as the lease has a nonce


@dataclass(frozen=True)
class Kept:
    """A draft as it lies there: whose it is, and how long ago it was written."""

    id: str
    age: timedelta


@patient
def list_drafts(env: Environment, page: int = 1000) -> list[Kept]:
    """All drafts of an environment, oldest run first. `page`: how many are asked for at once."""
    found = object_pages(env, env.state, _folder(env), "name,updated", maxResults=str(page))
    return [_kept(item, now) for items, now in found for item in items]


def read_draft(env: Environment, run: str) -> Draft | None:
    """The draft of that run; None when there is none any more."""
    content = read_json(env, env.state, _name(env, run))
    if content is None:
        return None
    try:
        return draft_from_json(content)
    except (KeyError, ValueError, TypeError) as error:
        raise Rejected(
            f"gs://{env.state}/{_name(env, run)}: what is there is no draft: {error!r}", "delete it"
        ) from error


def write_draft(
    env: Environment, run: str, draft: dict[str, Any], writer: str, generation: int
) -> int | None:
    """Write it over that generation; the one it has now. None when somebody took it away in between."""
    content = {**draft, WRITER: writer}
    name = _name(env, run)
    try:
        return write_json_over(env, env.state, name, content, generation)
    except PreconditionFailed:
        # a lost answer looks as if somebody else had written: the writer tells
        return _generation(env, name) if is_kept(env, run, writer) else None


def is_kept(env: Environment, run: str, writer: str) -> bool:
    """Whether the draft of that run is there, and this writer's."""
    found = read_json(env, env.state, _name(env, run))
    return found is not None and found.get(WRITER) == writer


def delete_draft(env: Environment, run: str) -> None:
    """The record stands in the vault; what is gone already is gone."""
    delete_object(env, env.state, _name(env, run))


@patient
def _generation(env: Environment, name: str) -> int:
    blob = storage_client(env).bucket(env.state).blob(name)
    with told(f"gs://{env.state}/{name}: looking at it"):
        blob.reload(retry=None, timeout=attempt_timeout())
        return int(blob.generation)


def _kept(item: dict[str, str], now: datetime) -> Kept:
    written = datetime.fromisoformat(item["updated"]).astimezone(UTC)
    return Kept(item["name"].rpartition("/")[2].removesuffix(".json"), now - written)


def _folder(env: Environment) -> str:
    return f"runs/{env.name}/"


def _name(env: Environment, run: str) -> str:
    return f"{_folder(env)}{run}.json"
