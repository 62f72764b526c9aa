"""Removing what a drill has made, by its sort and name: asked for, and gone a while later."""

from typing import Any

from clients.cloud_sql import Busy
from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound
from clients.labelled import address_of
from clients.patience import patient
from clients.rest_call import ask
from domain.reaping import Sort, Thing


@patient
def ask_removal(env: Environment, thing: Thing) -> bool:
    """Ask for it once more, where it is not being removed already; whether it is gone.

    An instance that is protected against deletion is not any more: that one is a drill's was decided before.

    Raises:
        Busy: the instance works on something else.
    """
    address = address_of(env, thing.sort, thing.name)
    what = f"{thing}: removing it"
    try:
        found: dict[str, Any] = ask(env, "GET", address, what).json()
        if "deleteTime" in found or found.get("state") == "PENDING_DELETE":
            return False
        if found.get("settings", {}).get("deletionProtectionEnabled"):
            ask(env, "PATCH", address, what, json={"settings": {"deletionProtectionEnabled": False}})
            return False
        ask(env, "DELETE", address, what)
    except NotFound:
        return True
    except AlreadyThere as error:
        raise Busy(error.what, "the next round removes it") from error
    return thing.sort is Sort.SECRET  # alone gone at once
