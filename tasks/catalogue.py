"""Looking sets up in the catalogue, and changing what is known of them."""

import difflib
from collections.abc import Callable

from clients.catalogue import Catalogue, Listed, read_catalogue, rewrite_summary
from clients.environment import Environment
from clients.errors import PreconditionFailed
from domain.recovery_set import RecoverySet
from domain.refusal import refuse

ATTEMPTS = 5  # of a change that others get in the way of


def find_set(catalogue: Catalogue, environment: str, set_id: str) -> Listed:
    """The set of that id. Refused when there is none, with the nearest, or when it could not be read."""
    found = catalogue.find(set_id)
    if found:
        return found
    unread = [each for each in catalogue.unread if f"/{set_id}" in each]
    if unread:
        raise refuse(unread[0], "write its summary again from the manifest, and check the set")
    known = [each.set.id for each in reversed(catalogue.listed)]
    close = difflib.get_close_matches(set_id, known, 1, cutoff=0.0)
    nearest = f"is {close[0]} meant? " if close else ""
    raise refuse(
        f"{environment}: there is no recovery set {set_id}", f"{nearest}muster sets {environment} lists them"
    )


def change_set(env: Environment, set_id: str, change: Callable[[RecoverySet], RecoverySet]) -> Listed:
    """Change what is known of a set by what is known of it now; again, if others changed it meanwhile.

    Raises:
        Refused: there is no such set.
        PreconditionFailed: others changed it each time.
    """
    for attempt in range(1, ATTEMPTS + 1):
        listed = find_set(read_catalogue(env), env.name, set_id)
        wanted = change(listed.set)
        if wanted == listed.set:
            return listed
        try:
            return rewrite_summary(env, listed, wanted)
        except PreconditionFailed:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")
