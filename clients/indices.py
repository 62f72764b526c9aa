"""The indices of an environment's search: which there are, what they hold, and how they are defined."""

from collections.abc import Iterable
from typing import Any

from clients.environment import Environment
from clients.errors import Rejected
from clients.patience import patient
from clients.search import asked, search_of
from clients.snapshots import EXPAND
from domain.index_patterns import overlap

MOST = 10_000  # indices of a service, which are counted in one request
OF_ONE_LIFE = {  # settings that Elasticsearch gives an index itself, and takes from nobody
    "index.creation_date", "index.history.uuid", "index.provided_name", "index.uuid",
    "index.verified_before_close", "index.version.created", "index.version.upgraded",
}  # fmt: skip
STAMPS = {"created_date_millis", "modified_date_millis", "created_date", "modified_date"}


@patient
def list_indices(env: Environment, pattern: str) -> list[str]:
    """The indices, open and closed, that a name, an alias or a pattern stands for."""
    with asked(env, f"{env.name}: looking for the index {pattern}") as client:
        found = client.indices.get_settings(
            index=pattern,
            name="index.uuid",
            ignore_unavailable=True,
            allow_no_indices=True,
            expand_wildcards=EXPAND,
        )
    return sorted(found)


@patient
def count_documents(env: Environment) -> dict[str, int]:
    """The documents of each index, as a search finds them now: without those of the last moments, which are
    found after the next refresh (a second later, by default). Closed indices are left out.

    Raises:
        Rejected: not every shard answers.
    """
    patterns = search_of(env).indices
    with asked(env, f"{env.name}: counting its documents") as client:
        listed = client.cat.indices(
            index=patterns, h=["index", "status"], format="json", expand_wildcards=EXPAND
        )
        found = client.search(
            index=patterns,
            size=0,
            track_total_hits=False,
            ignore_unavailable=True,
            aggregations={"indices": {"terms": {"field": "_index", "size": MOST}}},
        )
    shards, buckets = found["_shards"], found.get("aggregations", {}).get("indices", {}).get("buckets", [])
    if shards["failed"]:
        raise Rejected(f"{env.name}: {shards['failed']} of {shards['total']} shards do not tell their count")
    counts = {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}
    open_ones = sorted(each["index"] for each in _rows(listed.body) if each["status"] == "open")
    return {name: counts.get(name, 0) for name in open_ones}


@patient
def read_definitions(env: Environment) -> dict[str, Any]:
    """All that a cluster must know to hold the service's indices, but for their documents, as JSON.

    The repository, as it is registered; mappings, settings and aliases of each index; index templates that
    may be for them, with the component templates that these are made of; all ingest pipelines that are not
    Elastic's own, as any client may name any. What Elasticsearch sets itself (uuid, dates) is left out, so
    that an index made anew by the same hand is noted alike.
    """
    search = search_of(env)
    with asked(env, f"{env.name}: reading how its cluster is set up") as client:
        cluster = client.info()
        repositories = client.snapshot.get_repository(name=search.repository)
    return {
        "version": cluster["version"]["number"],
        "repository": repositories[search.repository],
        **read_own_definitions(env),
    }


@patient
def read_own_definitions(env: Environment) -> dict[str, Any]:
    """Of that, what is the service's own, and is to be the same in another cluster."""
    search = search_of(env)
    with asked(env, f"{env.name}: reading the definitions of its indices") as client:
        indices = client.indices.get(
            index=search.indices, flat_settings=True, ignore_unavailable=True, expand_wildcards=EXPAND
        )
        index_templates = client.indices.get_index_template(flat_settings=True)["index_templates"]
        components = client.cluster.get_component_template(flat_settings=True)["component_templates"]
        legacy = client.indices.get_template(flat_settings=True)
        pipelines = client.options(ignore_status=404).ingest.get_pipeline()  # 404 and {} where there is none
    names = [*search.indices, *indices]
    templates = {
        each["name"]: _plain(each["index_template"])
        for each in index_templates
        if _for(names, each["index_template"])
    }
    made_of = {part for each in templates.values() for part in each.get("composed_of", [])}
    return {
        "indices": {name: _index(each) for name, each in indices.items()},
        "index_templates": templates,
        "component_templates": {
            each["name"]: _plain(each["component_template"]) for each in components if each["name"] in made_of
        },
        "legacy_templates": {name: _plain(each) for name, each in legacy.items() if _for(names, each)},
        "ingest_pipelines": {name: _plain(each) for name, each in pipelines.items() if not _managed(each)},
    }


def _rows(table: Any) -> list[dict[str, str]]:
    """The rows of a table that was asked for as JSON: its type says text."""
    rows: list[dict[str, str]] = table
    return rows


def _index(found: dict[str, Any]) -> dict[str, Any]:
    settings = {key: value for key, value in found["settings"].items() if key not in OF_ONE_LIFE}
    return {"aliases": found["aliases"], "mappings": found["mappings"], "settings": settings}


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key not in STAMPS}


def _for(names: Iterable[str], template: dict[str, Any]) -> bool:
    """Whether a template may be for an index of one of these names or patterns."""
    patterns = template["index_patterns"]
    return any(overlap(name, pattern) for name in names for pattern in patterns)


def _managed(found: dict[str, Any]) -> bool:
    return bool((found.get("_meta") or {}).get("managed"))
