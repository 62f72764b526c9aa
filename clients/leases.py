"""The lease object in the state bucket: read, written and deleted by its generation.

The lease is the object's own metadata, so that one answer tells all of it together with its generation, its
`updated`, and the server's Date (which the storage client hides).
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from clients.environment import Environment
from clients.errors import NotFound, PreconditionFailed, Rejected
from clients.google import storage_address
from clients.patience import patient
from clients.rest_call import ask
from domain.lease import Lease, Reading

BOUNDARY = "lease"
SERVICE = "service"  # the right to change the service; others are for work that may go on beside a deploy


@dataclass(frozen=True)
class Exchange:
    """A reading, or the absence of a lease, with what the exchange told of the server's clock."""

    reading: Reading | None
    date: datetime
    asked: float  # monotonic seconds
    answered: float


@patient
def read_lease(env: Environment, of: str = SERVICE) -> Exchange:
    """The lease as it is now, by one request. `of` is what it gives the right to act on."""
    address = f"{storage_address(env)}/storage/v1/b/{env.state}/o/{quote(_name(env, of), safe='')}"
    return _exchange(env, of, "GET", address, missing_is_none=True)


@patient
def write_lease(env: Environment, lease: Lease, generation: int, of: str = SERVICE) -> Exchange:
    """Write it over that generation (0: there must be none). PreconditionFailed when it is another by now.

    A lost answer looks the same: read, and one's own nonce with one's own counter means that it was written.
    """
    about = {
        "name": _name(env, of),
        "contentType": "text/plain",
        "metadata": {
            "nonce": lease.nonce,
            "counter": str(lease.counter),
            "length": str(lease.length.total_seconds()),
            "holder": lease.holder,
        },
    }
    body = (
        f"--{BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(about)}\r\n"
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\n{lease.holder}\r\n--{BOUNDARY}--\r\n"
    )
    address = f"{storage_address(env)}/upload/storage/v1/b/{env.state}/o"
    return _exchange(
        env,
        of,
        "POST",
        address,
        params={"uploadType": "multipart", "ifGenerationMatch": str(generation)},
        headers={"Content-Type": f"multipart/related; boundary={BOUNDARY}"},
        data=body.encode(),
    )


@patient
def delete_lease(env: Environment, generation: int, of: str = SERVICE) -> None:
    """Give it up, if it is still that generation; what is gone, or another's, is left alone."""
    address = f"{storage_address(env)}/storage/v1/b/{env.state}/o/{quote(_name(env, of), safe='')}"
    try:
        ask(env, "DELETE", address, _what(env, of), params={"ifGenerationMatch": str(generation)})
    except (NotFound, PreconditionFailed):
        return


def _name(env: Environment, of: str) -> str:
    return f"leases/{env.name}" if of == SERVICE else f"leases/{env.name}/{of}"


def _what(env: Environment, of: str) -> str:
    return f"{env.name}: the lease (gs://{env.state}/{_name(env, of)})"


def _exchange(
    env: Environment, of: str, method: str, address: str, *, missing_is_none: bool = False, **request: Any
) -> Exchange:
    asked = time.monotonic()
    also = frozenset({404}) if missing_is_none else frozenset()
    answer = ask(env, method, address, _what(env, of), also, **request)
    answered = time.monotonic()
    date = parsedate_to_datetime(answer.headers["Date"])
    if answer.status_code == 404:
        return Exchange(None, date, asked, answered)
    try:
        return Exchange(_reading(answer.json(), date), date, asked, answered)
    except (KeyError, ValueError) as error:
        raise Rejected(f"{_what(env, of)}: what is there is no lease", "delete it") from error


def _reading(found: dict[str, Any], date: datetime) -> Reading:
    written = found["metadata"]
    return Reading(
        lease=Lease(
            nonce=written["nonce"],
            counter=int(written["counter"]),
            length=timedelta(seconds=float(written["length"])),
            holder=written["holder"],
        ),
        generation=int(found["generation"]),
        updated_at=datetime.fromisoformat(found["updated"]).astimezone(UTC),
        server_now=date,
    )
