"""The indices of a search: found by pattern, counted, and noted as they are defined."""

from collections.abc import Iterator

import pytest

from clients.environment import Environment
from clients.errors import ClientError
from clients.indices import count_documents, list_indices, read_definitions
from clients.patience import patience
from tests.conftest import Endpoints
from tests.contract.test_snapshots import PROMPTLY
from tests.environments import environment
from tests.search_ground import NOWHERE, SearchGround


@pytest.fixture
def ground(cloud: Endpoints, foundation: None) -> Iterator[SearchGround]:
    ground = SearchGround(cloud)
    yield ground
    ground.clear()


@pytest.fixture
def env(cloud: Endpoints, ground: SearchGround) -> Environment:
    return environment(cloud, ground.name, over={"search": ground.part})


def test_a_pattern_stands_for_indices_open_and_closed(env: Environment, ground: SearchGround) -> None:
    one, two = ground.index("one"), ground.index("two")
    ground.client.indices.close(index=two)
    ground.client.indices.put_alias(index=one, name=f"{ground.name}.alias")
    assert list_indices(env, f"{ground.name}-*") == [one, two]
    assert list_indices(env, one) == [one]
    assert list_indices(env, f"{ground.name}.alias") == [one]
    assert list_indices(env, f"{ground.name}-none*") == []
    assert list_indices(env, f"{ground.name}-none") == []


def test_documents_are_counted_index_by_index(env: Environment, ground: SearchGround) -> None:
    one, two, closed = ground.index("one", 20), ground.index("two", 0), ground.index("closed")
    ground.client.indices.close(index=closed)
    assert count_documents(env) == {one: 20, two: 0}


def test_a_count_without_a_shard_is_none(env: Environment, ground: SearchGround) -> None:
    ground.index("one", 20)
    ground.index("broken", documents=0, **NOWHERE)
    with pytest.raises(ClientError, match="shards"), patience(PROMPTLY):
        count_documents(env)


@pytest.mark.filterwarnings("ignore:Legacy index templates")  # deprecated, and still there
def test_definitions_are_what_an_index_is_made_anew_from(env: Environment, ground: SearchGround) -> None:
    client, name = ground.client, ground.name
    one = f"{name}-one"
    client.cluster.put_component_template(
        name=f"{name}-base", template={"settings": {"refresh_interval": "7s"}}
    )
    client.indices.put_index_template(
        name=f"{name}-template", index_patterns=[f"{name}-o*"], composed_of=[f"{name}-base"], priority=9
    )
    client.indices.put_index_template(name=f"{name}x-other", index_patterns=[f"{name}x-*"])
    client.indices.put_template(
        name=f"{name}-old", index_patterns=[f"{name}-z*"], settings={"number_of_shards": 1}
    )
    client.ingest.put_pipeline(id=f"{name}-pipeline", processors=[], description="noted")
    mappings = {"properties": {"title": {"type": "text"}}}
    client.indices.create(index=one, mappings=mappings, aliases={f"{name}.alias": {}})
    try:
        found = read_definitions(env)
        assert found["repository"] == {"type": "fs", "settings": {"location": name}}
        assert found["version"] == "9.2.4"
        assert set(found["indices"]) == {one}
        assert found["indices"][one]["mappings"] == mappings
        assert found["indices"][one]["aliases"] == {f"{name}.alias": {}}
        assert found["indices"][one]["settings"]["index.refresh_interval"] == "7s"
        assert set(found["index_templates"]) == {f"{name}-template"}
        assert set(found["component_templates"]) == {f"{name}-base"}
        assert set(found["legacy_templates"]) == {f"{name}-old"}
        assert found["ingest_pipelines"][f"{name}-pipeline"] == {"processors": [], "description": "noted"}
        noted = found["indices"][one]["settings"]
        client.indices.delete(index=one)
        client.indices.create(index=one, mappings=mappings, aliases={f"{name}.alias": {}}, settings=noted)
        assert read_definitions(env) == found, "an index made anew is noted alike"
    finally:
        client.indices.delete_index_template(name=f"{name}*")
        client.cluster.delete_component_template(name=f"{name}*")
        client.indices.delete_template(name=f"{name}*")
        client.ingest.delete_pipeline(id=f"{name}*")
