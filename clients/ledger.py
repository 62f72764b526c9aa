"""The ledger's texts in the state bucket: written over the generation that was read, listed, deleted."""

from dataclasses import dataclass
from datetime import UTC, datetime

from clients.environment import Environment
from clients.errors import PreconditionFailed
from clients.objects import read_text
from clients.pages import object_pages
from clients.patience import patient
from clients.storage_rest import ask, object_address, upload_address

CONFLICT = frozenset({404, 412})


@dataclass(frozen=True)
class Listed:
    """A text of the ledger, as a listing tells of it."""

    name: str
    updated_at: datetime


@dataclass(frozen=True)
class Listing:
    """All texts under a prefix by name, and the storage server's time."""

    texts: tuple[Listed, ...]
    now: datetime


@patient
def write_text_over(env: Environment, name: str, text: str, generation: int) -> int:
    """Write it over that generation (0: there must be none); the generation it has now.

    Raises:
        PreconditionFailed: something else stands there, or it was us and the answer was lost: read it.
    """
    answer = ask(
        env,
        "POST",
        upload_address(env, env.state),
        f"gs://{env.state}/{name}: writing it",
        params={"uploadType": "media", "name": name, "ifGenerationMatch": str(generation)},
        headers={"Content-Type": "text/plain; charset=utf-8"},
        data=text.encode(),
    )
    return int(answer.json()["generation"])


@patient
def read_with_generation(env: Environment, name: str) -> tuple[str, int] | None:
    """A text and its generation; None when there is none.

    Raises:
        PreconditionFailed: it was written over in between.
    """
    what = f"gs://{env.state}/{name}: reading it"
    address = object_address(env, env.state, name)
    found = ask(env, "GET", address, what, CONFLICT, params={"fields": "generation"})
    if found.status_code == 404:
        return None
    generation = int(found.json()["generation"])
    answer = ask(
        env, "GET", address, what, CONFLICT, params={"alt": "media", "ifGenerationMatch": str(generation)}
    )
    if answer.status_code in CONFLICT:
        raise PreconditionFailed(f"{what}: it changed meanwhile", "read it again")
    return answer.content.decode(), generation


def read(env: Environment, name: str) -> str | None:
    """A text; None when there is none."""
    return read_text(env, env.state, name)


@patient
def list_texts(env: Environment, prefix: str) -> Listing:
    """What there is under a prefix, in the order of the names."""
    found = list(object_pages(env, env.state, prefix, "name,updated"))
    texts = [
        Listed(item["name"], datetime.fromisoformat(item["updated"]).astimezone(UTC))
        for items, _ in found
        for item in items
    ]
    return Listing(tuple(texts), found[-1][1])
