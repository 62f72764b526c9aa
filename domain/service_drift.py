"""How the drill's service differs from the one that the set notes, beyond what the drill means it to."""

from collections.abc import Mapping
from typing import Any

Revision = Mapping[str, Any]  # as Cloud Run's v2 API tells one


def drift(
    noted: Revision,
    restored: Revision,
    *,
    image: str,
    variables: Mapping[str, object | None],
    limits: Mapping[str, str],
) -> list[str]:
    """What is otherwise, in sentences; of variables only the names.

    Args:
        image: that the set names.
        variables: of the environment's file, which are laid over those noted; None removes one.
        limits: of the environment's file (cpu, memory), laid over those noted.
    """
    was, is_ = _container(noted), _container(restored)
    said = []
    if is_.get("image") != image:
        said.append(f"its image is {is_.get('image')}, and the set names {image}")
    removed = {name for name, value in variables.items() if value is None}
    wanted = (_names(was) | set(variables)) - removed
    said += [f"variable {name} is missing" for name in sorted(wanted - _names(is_))]
    said += [f"variable {name} was not noted" for name in sorted(_names(is_) - wanted)]
    allowed = {**was.get("resources", {}).get("limits", {}), **limits}
    given = is_.get("resources", {}).get("limits", {})
    for name in sorted(allowed.keys() | given.keys()):
        if allowed.get(name) != given.get(name):
            said.append(f"limit {name} is {given.get(name, 'none')}, and it was {allowed.get(name, 'none')}")
    for part in ("command", "args"):
        if was.get(part, []) != is_.get(part, []):
            said.append(f"its {part} is another")
    return said


def _container(revision: Revision) -> Mapping[str, Any]:
    containers = revision.get("containers", [])
    first: Mapping[str, Any] = containers[0] if containers else {}
    return first


def _names(container: Mapping[str, Any]) -> set[str]:
    return {variable["name"] for variable in container.get("env", [])}
