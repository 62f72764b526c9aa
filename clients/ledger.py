"""The ledger's texts in the state bucket: written over the generation that was read, listed, deleted."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from clients.environment import Environment
from clients.errors import PreconditionFailed
from clients.objects import read_text
from clients.patience import patient
from clients.storage_rest import ask, bucket_address, object_address, upload_address

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
    found: list[Listed] = []
    params = {"prefix": prefix, "fields": "items(name,updated),nextPageToken"}
    while True:
        answer = ask(
            env, "GET", f"{bucket_address(env, env.state)}/o", f"gs://{env.state}/{prefix}: listing it",
            params=params,
        )  # fmt: skip
        page = answer.json()
        found += [
            Listed(item["name"], datetime.fromisoformat(item["updated"]).astimezone(UTC))
            for item in page.get("items", [])
        ]
        if "nextPageToken" not in page:
            return Listing(tuple(found), parsedate_to_datetime(answer.headers["Date"]))
        params = {**params, "pageToken": page["nextPageToken"]}
