"""Damage to what is restored, made on purpose, where an environment has an address that makes it.

What was backed up is not changed: whoever restores it meets the damage, until it is healed.
"""

from urllib.parse import quote

import httpx

from clients.environment import Environment
from clients.errors import HINTS, ClientError, Rejected, Unavailable, by_status
from clients.patience import attempt_timeout, patient

BACKUP, SNAPSHOT = "backup", "snapshot"  # what can be damaged


def damage_address(env: Environment) -> str:
    """The environment's address for that; empty where it has none."""
    return env.drill.damage.replace("{google}", env.endpoints.google)


@patient
def damage(env: Environment, kind: str, reference: str, how: str, **more: str) -> None:
    """Damage a backup or a snapshot, by its reference, for who restores it. Damaged so already is done.

    Raises:
        Rejected: there is no address, or it cannot be done; NotFound: there is no such thing.
    """
    what = f"{reference}: damaging it ({how})"
    _ask(env, "POST", "", what, {kind: reference, "damage": how, **more})


@patient
def heal(env: Environment, reference: str) -> None:
    """Take the damage away. There is none (any more): nothing to do."""
    _ask(env, "DELETE", f"/{quote(reference)}", f"{reference}: healing it", None)


def _ask(env: Environment, method: str, path: str, what: str, body: dict[str, str] | None) -> None:
    address = damage_address(env)
    if not address:
        raise Rejected(f"{what}: {env.name} has no address for that", "write drill.damage")
    try:
        answer = httpx.request(method, address + path, json=body, timeout=attempt_timeout())
    except httpx.TransportError as error:
        text = str(error) or type(error).__name__
        raise Unavailable(f"{what}: no answer ({text})", HINTS[Unavailable]) from error
    if answer.status_code >= 400:
        raise _refused(answer, what)


def _refused(answer: httpx.Response, what: str) -> ClientError:
    try:
        said = str(answer.json()["error"]["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        said = f"HTTP {answer.status_code} {answer.reason_phrase}"
    return by_status(answer.status_code, f"{what}: {said}")
