"""Templates and ingest pipelines, made anew from what a recovery set noted of them.

They go by KIND/NAME, the kind as `clients.indices.read_definitions` has it. What is there already is never
written over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from clients.environment import Environment
from clients.errors import NotFound
from clients.indices import STAMPS
from clients.patience import patient
from clients.search import asked

Bodies = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Kind:
    """How one kind is read, made and deleted."""

    read: Callable[[Elasticsearch], Bodies]
    put: Callable[[Elasticsearch, str, dict[str, Any]], object]
    delete: Callable[[Elasticsearch, str], object]


def _component_templates(client: Elasticsearch) -> Bodies:
    found = client.cluster.get_component_template(flat_settings=True)["component_templates"]
    return {each["name"]: each["component_template"] for each in found}


def _index_templates(client: Elasticsearch) -> Bodies:
    found = client.indices.get_index_template(flat_settings=True)["index_templates"]
    return {each["name"]: each["index_template"] for each in found}


KINDS = {  # in the order in which they need each other
    "ingest_pipelines": Kind(
        lambda client: dict(client.options(ignore_status=404).ingest.get_pipeline()),
        lambda client, name, body: client.ingest.put_pipeline(id=name, body=body),
        lambda client, name: client.ingest.delete_pipeline(id=name),
    ),
    "component_templates": Kind(
        _component_templates,
        lambda client, name, body: client.cluster.put_component_template(name=name, body=body),
        lambda client, name: client.cluster.delete_component_template(name=name),
    ),
    "index_templates": Kind(
        _index_templates,
        lambda client, name, body: client.indices.put_index_template(name=name, body=body),
        lambda client, name: client.indices.delete_index_template(name=name),
    ),
    "legacy_templates": Kind(
        lambda client: dict(client.indices.get_template(flat_settings=True)),
        lambda client, name, body: client.indices.put_template(name=name, body=body),
        lambda client, name: client.indices.delete_template(name=name),
    ),
}


@patient
def compare_definitions(env: Environment, noted: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Of what was noted: what is not there, and what is there and says something else.

    What Elastic brings along itself (`_meta.managed`) is left out: each version has its own.
    """
    missing, other = [], []
    with asked(env, f"{env.name}: reading its templates and pipelines") as client:
        for kind, how in KINDS.items():
            wanted = {name: body for name, body in noted.get(kind, {}).items() if not _managed(body)}
            there = how.read(client) if wanted else {}
            for name, body in sorted(wanted.items()):
                if name not in there:
                    missing.append(f"{kind}/{name}")
                elif _plain(there[name]) != _plain(body):
                    other.append(f"{kind}/{name}")
    return missing, other


@patient
def put_definitions(env: Environment, noted: Mapping[str, Any], names: Iterable[str]) -> None:
    """Make those of these names. Made already is made.

    Raises:
        Rejected: the cluster does not take one, such as a pipeline with a processor that it has not.
    """
    wanted = set(names)
    for kind, how in KINDS.items():
        for name, body in sorted(noted.get(kind, {}).items()):
            if f"{kind}/{name}" in wanted:
                with asked(env, f"{kind}/{name}: making it") as client:
                    how.put(client, name, body)


@patient
def delete_definitions(env: Environment, names: Iterable[str]) -> None:
    """Delete those of these names; what is gone already is gone."""
    wanted = set(names)
    for kind, how in reversed(KINDS.items()):
        for each in sorted(wanted):
            if each.startswith(f"{kind}/"):
                try:
                    with asked(env, f"{each}: deleting it") as client:
                        how.delete(client, each.partition("/")[2])
                except NotFound:
                    continue


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in STAMPS}


def _managed(body: dict[str, Any]) -> bool:
    return bool((body.get("_meta") or {}).get("managed"))
