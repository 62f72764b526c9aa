"""How the definitions of a restored search differ from those that were noted with the set."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

OF_A_CLUSTER = {"index.number_of_replicas"}  # as many as it has nodes for: nothing that is restored
TEMPLATES = {
    "index_templates": "index template",
    "component_templates": "component template",
    "legacy_templates": "legacy template",
    "ingest_pipelines": "ingest pipeline",
}


def drift(noted: Mapping[str, Any], restored: Mapping[str, Any], indices: Iterable[str]) -> list[str]:
    """What is otherwise, in sentences. Of indices only those named are compared.

    Fields that an index gained are no drift: documents bring them, unless its mapping refuses new ones. Nor
    are templates that the other cluster has besides.
    """
    said: list[str] = []
    for name in indices:
        here, there = noted["indices"].get(name), restored["indices"].get(name)
        if here is not None and there is not None:
            said += [f"{name}: {each}" for each in _index_drift(here, there)]
    for kind, what in TEMPLATES.items():
        for name, definition in noted.get(kind, {}).items():
            there = restored.get(kind, {}).get(name)
            if there is None:
                said.append(f"{what} {name} is missing")
            elif there != definition:
                said.append(f"{what} {name} is another")
    return said


def _index_drift(noted: Mapping[str, Any], restored: Mapping[str, Any]) -> Iterator[str]:
    yield from _unlike("alias", noted["aliases"], restored["aliases"])
    settings = [
        {key: value for key, value in each["settings"].items() if key not in OF_A_CLUSTER}
        for each in (noted, restored)
    ]
    yield from _unlike("setting", *settings)
    fields, found = dict(_flat(noted["mappings"])), dict(_flat(restored["mappings"]))
    if str(noted["mappings"].get("dynamic", "true")) == "true":
        found = {key: value for key, value in found.items() if key in fields}
    yield from _unlike("mapping", fields, found)


def _unlike(what: str, noted: Mapping[str, Any], restored: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(noted.keys() | restored.keys()):
        if key not in restored:
            yield f"{what} {key} is missing"
        elif key not in noted:
            yield f"{what} {key} was not noted"
        elif noted[key] != restored[key]:
            yield f"{what} {key} is {restored[key]}, and {noted[key]} was noted"


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves, by their paths."""
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
