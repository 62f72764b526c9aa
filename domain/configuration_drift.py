"""How a restored instance is set up otherwise than its source was: in sentences, one for each setting.

What belongs to one instance (addresses, names, labels, zones), to a drill (it takes no backups, and can be
deleted) or to Google (versions of maintenance, ETags) is left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.target_settings import to_replay

FLAGS = "databaseFlags"


def drift(noted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What is otherwise in the configuration that was found than in the one that was noted."""
    before, after = _flat(noted), _flat(found)
    return [
        _sentence(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def drifted(noted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The settings to be changed, so that they are as noted. One that was not noted at all is left."""
    wanted, there = to_replay(noted), to_replay(found)
    wanted.setdefault(FLAGS, [])
    return {
        name: value for name, value in wanted.items() if _plain(name, value) != _plain(name, there.get(name))
    }


def _sentence(name: str, noted: Any, found: Any) -> str:
    if found is None:
        return f"{name} is not set, and {noted} was noted"
    return f"{name} is {found}, and {'it was not set' if noted is None else f'{noted} was noted'}"


def _flat(configuration: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: _plain(name, value) for name, value in to_replay(configuration).items()}
    key = configuration.get("diskEncryptionConfiguration", {}).get("kmsKeyName")
    return {
        "databaseVersion": configuration.get("databaseVersion"),
        "encryption with a key of your own": "on" if key else None,
        **dict(_leaves(settings)),
    }


def _leaves(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, each in value.items():
        path = f"{above}.{name}" if above else name
        if isinstance(each, Mapping):
            yield from _leaves(each, path)
        elif each:
            yield path, each


def _plain(name: str, value: Any) -> Any:
    """Flags by their names; what is off, absent or empty is all the same to Google's JSON."""
    if name == FLAGS:
        return {each["name"]: each.get("value", "") for each in value or []}
    if isinstance(value, Mapping):
        return {key: _plain(key, each) for key, each in value.items() if each}
    return value or None
