"""Defects that are planted into the target, after it was restored: in its indices, schema, configuration."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from clients.database_instance import read_configuration
from clients.index_defects import delete_index, make_empty_index, refresh_interval, set_refresh_interval
from clients.indices import list_indices
from clients.schema_defects import add_column
from clients.sql_instances import patch_instance
from domain.drill import Defect
from domain.index_patterns import excludes, is_pattern
from domain.manifest import Manifest
from tasks.sql_work import work
from tasks.targets import Target

Keep = Callable[[], None]
Change = Callable[[Target, Manifest, Keep], str]

FLAG, VALUES = "work_mem", ("8192", "12288")  # kB: the second where the first is set already
REFRESHES = ("37s", "41s")
TAKES = timedelta(minutes=30)  # a change of flags


class NotPlanted(Exception):
    """The target has nothing in which the defect could be planted."""


def remove_index(target: Target, manifest: Manifest, _: Keep) -> str:
    """Delete the first of the set's indices that was restored."""
    name = _restored(target, manifest)
    delete_index(target.env, name)
    return f"index {name} was deleted"


def add_index(target: Target, manifest: Manifest, _: Keep) -> str:
    """Make an empty index of a name that is for the service's own."""
    assert target.env.search
    pattern = next(each for each in target.env.search.indices if is_pattern(each) and not excludes(each))
    name = pattern.replace("*", "planted")
    make_empty_index(target.env, name)
    return f"index {name} was made, which {manifest.id} does not have"


def change_schema(target: Target, _: Manifest, keep: Keep) -> str:
    """Add a column to a table of the service's, by the service's own login."""
    keep()
    return f"column {add_column(target.env)} was added"


def change_configuration(target: Target, manifest: Manifest, keep: Keep) -> str:
    """Set a flag of the restored instance to another value; without a database, a setting of an index."""
    if not target.env.database:
        return _change_index(target, manifest)
    flags = read_configuration(target.env).get("settings", {}).get("databaseFlags", [])
    there = {each["name"]: each.get("value", "") for each in flags}
    value = VALUES[there.get(FLAG) == VALUES[0]]
    wanted = [{"name": name, "value": set_to} for name, set_to in ({**there, FLAG: value}).items()]
    call = partial(patch_instance, target.env, target.name, {"databaseFlags": wanted})
    work(target.env, target.name, f"{target.name}: another flag", call, keep=keep, within=TAKES)
    return f"flag {FLAG} of {target.name} was set to {value}"


CHANGES: dict[Defect, Change] = {
    Defect.MISSING_INDEX: remove_index,
    Defect.EXTRA_INDEX: add_index,
    Defect.SCHEMA_DRIFT: change_schema,
    Defect.CONFIGURATION_DRIFT: change_configuration,
}


def _change_index(target: Target, manifest: Manifest) -> str:
    name = _restored(target, manifest)
    value = REFRESHES[refresh_interval(target.env, name) == REFRESHES[0]]
    set_refresh_interval(target.env, name, value)
    return f"index {name} was given the refresh interval {value}"


def _restored(target: Target, manifest: Manifest) -> str:
    """The first of the set's indices that is in the target."""
    noted = str(manifest.facts.get("search.indices", "")).split(",")
    for name in sorted(noted):
        if name and list_indices(target.env, name):
            return name
    raise NotPlanted(
        f"{target.name}: none of the set's indices was restored: {', '.join(noted) or 'it has none'}"
    )
