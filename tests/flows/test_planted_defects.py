"""Defects planted into a restored search are caught; and what was backed up stays whole."""

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from elasticsearch import Elasticsearch

from clients.environment import Environment
from domain.drill import Defect
from domain.recovery_set import Kind
from tasks.logbook import logged
from tasks.planted_defects import planted
from tasks.runs import new_id
from tasks.targets import target_of
from tests.conftest import Endpoints
from tests.environments import environment
from tests.planting import SANDBOX, drilled, failed, healthy, take_set
from tests.search_ground import SearchGround


@pytest.fixture
def ground(landscape: Endpoints) -> Iterator[SearchGround]:
    ground = SearchGround(landscape)
    yield ground
    ground.clear()


@pytest.fixture
def library(landscape: Endpoints, ground: SearchGround, isolation: Elasticsearch) -> Iterator[Environment]:
    """With a search alone, and a run under way."""
    ground.index("one", 50)
    ground.index("two", 20)
    drill = {**SANDBOX, "search": "ali-drill-elasticsearch-url"}
    search = {**ground.part, "binding": "ELASTICSEARCH_URL"}
    env = environment(landscape, ground.name, over={"search": search, "drill": drill})
    with logged("restore drill", env, quiet=True):
        yield env


@pytest.mark.slow
@pytest.mark.parametrize(
    ("defect", "by", "says"),
    [
        pytest.param(Defect.BIT_FLIP, "restore", "-one", id="a flipped bit"),
        pytest.param(Defect.TRUNCATION, "restore", "-one", id="a blob that was cut"),
        pytest.param(Defect.PARTIAL, "restore", "PARTIAL", id="a snapshot without a shard"),
        pytest.param(Defect.EXTRA_INDEX, "indices", "-planted is there", id="an index more"),
        pytest.param(Defect.CONFIGURATION_DRIFT, "definitions", "refresh_interval", id="another setting"),
    ],
)
def test_a_defect_of_the_search_is_caught(
    library: Environment, http: httpx.Client, defect: Defect, by: str, says: str
) -> None:
    manifest = take_set(library)
    caught = failed(drilled(library, manifest, defect))
    assert by in caught
    assert says in caught[by]
    assert healthy(http)


def test_a_missing_index_is_caught_and_nothing_else_raises_an_alarm(
    library: Environment, ground: SearchGround
) -> None:
    manifest = take_set(library)
    assert [each for each in drilled(library, manifest, None) if not each.passed] == []
    caught = failed(drilled(library, manifest, Defect.MISSING_INDEX))
    assert f"{ground.name}-one is missing" in caught["indices"]
    assert int(ground.client.count(index=f"{ground.name}-one")["count"]) == 50, "production is as it was"


def test_what_a_drill_that_died_left_damaged_is_healed(library: Environment, http: httpx.Client) -> None:
    manifest = take_set(library)
    snapshot = next(part.references[0] for part in manifest.parts if part.kind is Kind.SEARCH)
    http.post("/faults", json={"snapshot": snapshot, "damage": "bit flip"}).raise_for_status()
    with planted(target_of(library, new_id()), manifest, None):
        assert healthy(http)


@pytest.mark.slow
def test_it_is_healed_however_the_drill_ends(library: Environment, http: httpx.Client) -> None:
    manifest = take_set(library)
    with suppress(InterruptedError), planted(target_of(library, new_id()), manifest, Defect.PARTIAL):
        planted_now = http.get("/faults").json()["snapshots"]
        assert list(planted_now.values()) == [{"damage": "PARTIAL snapshot", "index": ""}]
        raise InterruptedError
    assert healthy(http)
