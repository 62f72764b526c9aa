"""What was restored of a search is checked: nothing wrong passes, and nothing right is called wrong."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from clients.environment import Environment
from clients.patience import patience
from domain.drill_check import DrillCheck, Result
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.strict_json import canonical, sha256
from domain.vault_layout import part_name
from tasks.logbook import logged
from tasks.runs import new_id
from tasks.snapshots import search_configuration, take_snapshot
from tasks.targets import target_of
from tasks.validations import validate
from tests.conftest import Endpoints
from tests.environments import environment
from tests.recovery import put
from tests.search_ground import NOWHERE, SearchGround

SECRET = "ali-elasticsearch-url"
ALL = {"shards", "indices", "documents", "definitions", "search: anything", "search: a lot"}


class Ground(SearchGround):
    """Indices of which a set is taken, and which are then restored in their own place."""

    def __init__(self, cloud: Endpoints) -> None:
        super().__init__(cloud)
        self.cloud = cloud
        self.one = self.index("one", 30)
        self.two = self.index("two", 0)
        self.client.indices.put_alias(index=self.one, name=f"a-{self.name}")

    @property
    def env(self) -> Environment:
        searches = [
            {"name": "anything", "index": self.one, "query": {"match_all": {}}},
            {
                "name": "a lot",
                "index": f"{self.name}-*",
                "query": {"range": {"n": {"gte": 10}}},
                "at_least": 20,
            },
        ]
        drill = {"search": SECRET, "searches": searches}
        return environment(self.cloud, self.name, over={"search": self.part, "drill": drill})

    def take(self) -> Manifest:
        set_id = new_id()
        with logged("backup", self.env, quiet=True):
            taken = take_snapshot(self.env, set_id, lambda: None, lambda _: None)
        text = canonical(search_configuration(self.env))
        file = put(self.env, part_name(self.name, set_id, "configuration/search.json"), text.encode())
        at = taken.part.at
        parts = (taken.part, Part(Kind.CONFIGURATION, (file,), at, len(text.encode())))
        return Manifest(
            set_id, self.name, self.name, at, at, parts, digests={file: sha256(text)}, facts=taken.facts
        )

    def restore(self, manifest: Manifest, **settings: str) -> None:
        """The set's indices in place of those that are there."""
        self.client.indices.delete(index=[self.one, self.two], ignore_unavailable=True)
        repository, _, snapshot = manifest.parts[0].references[0].partition("/")
        self.client.snapshot.restore(
            repository=repository,
            snapshot=snapshot,
            indices=[self.one, self.two],
            include_global_state=False,
            index_settings=settings or None,
            wait_for_completion=not settings,
        )

    def validate(self, manifest: Manifest, point: datetime | None = None) -> dict[str, DrillCheck]:
        with logged("restore drill", self.env, quiet=True):
            checks = validate(target_of(self.env, "1"), manifest, lambda: None, lambda _: None, point)
        return {each.name: each for each in checks}


@pytest.fixture
def ground(landscape: Endpoints) -> Iterator[Ground]:
    ground = Ground(landscape)
    yield ground
    ground.clear()


def red(checks: dict[str, DrillCheck]) -> dict[str, str]:
    return {name: each.said for name, each in checks.items() if not each.passed}


def test_what_was_restored_whole_passes_though_users_wrote_more(ground: Ground) -> None:
    manifest = ground.take()
    ground.restore(manifest)
    ground.write(ground.one, 15)
    checks = ground.validate(manifest)
    assert red(checks) == {}
    assert checks.keys() == ALL
    assert checks["documents"].said == f"{ground.one} 45 (30 noted), {ground.two} 0 (0 noted)"
    assert checks["shards"].said == f"4 shards of {ground.one}, {ground.two}, none failed"
    assert checks["search: a lot"].said == "25 hits, at least 20 wanted"


Alter = Callable[[Ground], object]


def remapped(ground: Ground) -> None:
    """The index anew, with the same documents and another mapping."""
    ground.client.indices.delete(index=ground.one)
    properties = {"n": {"type": "keyword"}}
    ground.client.indices.create(
        index=ground.one,
        mappings={"properties": properties},
        settings={"number_of_shards": 2, "number_of_replicas": 0},
        aliases={f"a-{ground.name}": {}},
    )
    ground.write(ground.one, 30)


def thinned(ground: Ground, left: int) -> None:
    """Only the first documents are left."""
    query = {"range": {"n": {"gte": left}}}
    found = ground.client.search(index=ground.one, query=query, size=100)["hits"]["hits"]
    for each in found:
        ground.client.delete(index=ground.one, id=each["_id"], refresh=True)


@pytest.mark.parametrize(
    ("alter", "caught", "says"),
    [
        pytest.param(
            lambda ground: ground.client.indices.delete(index=ground.two),
            "indices",
            "-two is missing",
            id="an index missing",
        ),
        pytest.param(
            lambda ground: ground.index("three"),
            "indices",
            "-three is there, and the set has none",
            id="extra",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda ground: thinned(ground, 0),
            "documents",
            "-one is empty, and 30 documents were noted",
            id="empty but valid",
        ),
        pytest.param(
            lambda ground: thinned(ground, 20),
            "search: a lot",
            "10 hits, at least 20 wanted",
            id="a sample that finds too little",
            marks=pytest.mark.slow,
        ),
        pytest.param(remapped, "definitions", "mapping properties.n.type is keyword", id="another mapping"),
        pytest.param(
            lambda ground: ground.client.indices.delete_alias(index=ground.one, name=f"a-{ground.name}"),
            "definitions",
            "is missing",
            id="an alias missing",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda ground: ground.client.indices.put_settings(
                index=ground.one, settings={"index.refresh_interval": "30s"}
            ),
            "definitions",
            "setting index.refresh_interval was not noted",
            id="another setting",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_is_wrong_is_caught_by_its_check(ground: Ground, alter: Alter, caught: str, says: str) -> None:
    manifest = ground.take()
    alter(ground)
    checks = ground.validate(manifest)
    assert checks[caught].result is Result.FAILED
    assert says in checks[caught].said
    assert checks.keys() == ALL, "none is left out"


def test_an_index_whose_shards_are_nowhere_is_red(ground: Ground) -> None:
    """The restore of it was answered with 200."""
    manifest = ground.take()
    ground.restore(manifest, **NOWHERE)
    with patience(timedelta(seconds=2)):
        checks = ground.validate(manifest)
    assert checks["shards"].said == (
        f"{ground.one}: 2 of 2 shards have no node; {ground.two}: 2 of 2 shards have no node"
    )
    assert checks["shards"].result is Result.FAILED
    assert not checks["documents"].passed
    assert not checks["search: anything"].passed


@pytest.mark.slow
def test_of_a_later_instant_the_number_of_documents_is_not_known(ground: Ground) -> None:
    manifest = ground.take()
    ground.write(ground.one, 1100)
    assert red(ground.validate(manifest)).keys() == {"documents"}
    assert red(ground.validate(manifest, datetime.now(UTC))) == {}


@pytest.mark.slow
def test_a_set_whose_configuration_was_altered_is_no_pass(ground: Ground) -> None:
    manifest = ground.take()
    put(ground.env, part_name(ground.name, manifest.id, "configuration/search.json"), b"{}")
    checks = ground.validate(manifest)
    assert red(checks).keys() == {"definitions"}
    assert checks["definitions"].result is Result.NOT_RUN
    assert "SHA-256" in checks["definitions"].said


def test_without_an_isolated_cluster_production_is_not_looked_at(ground: Ground) -> None:
    manifest = ground.take()
    env = ground.env
    alone = env.model_copy(update={"drill": env.drill.model_copy(update={"search": None})})
    with logged("restore drill", alone, quiet=True):
        [only] = validate(target_of(alone, "1"), manifest, lambda: None, lambda _: None)
    assert (only.name, only.result) == ("shards", Result.NOT_RUN)
    assert "name an isolated cluster: drill.search" in only.said
