"""Which recovery sets drills are using, as their drafts in the state bucket tell.

A drill writes its draft before it restores anything, and the draft goes when all that it made is gone: so its
set is kept for as long as its draft stands, also of a drill that died, until it is cleaned up after.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from clients.environment import Environment
from clients.errors import Rejected
from clients.objects import list_names, read_json
from domain.recovery_set import RecoverySet
from domain.vault_layout import drills, reference


def used_by_drills(env: Environment, sets: Sequence[RecoverySet]) -> list[RecoverySet]:
    """The sets; those that a drill names, in use by it.

    Raises:
        Rejected: a draft cannot be read: nobody knows which set it is about.
    """
    users: defaultdict[str, list[str]] = defaultdict(list)
    for name in list_names(env, env.state, drills(env.name)):
        draft = read_json(env, env.state, name)
        if draft is None:
            continue  # its drill has ended since
        set_id = draft.get("set_id")
        if not isinstance(set_id, str):
            raise Rejected(
                f"{reference(env.state, name)}: what is there is no draft of a drill",
                "look for what it names, then delete it",
            )
        users[set_id].append(f"drill {name.rpartition('/')[2]}")
    return [replace(each, used_by=(*each.used_by, *users[each.id])) for each in sets]
