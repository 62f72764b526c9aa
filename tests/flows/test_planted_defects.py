"""Defects planted into a restored search are caught; and what was backed up stays whole."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from elasticsearch import Elasticsearch

from clients.drill_drafts import list_drill_drafts
from clients.environment import Environment
from clients.patience import patience
from domain.drill import Defect
from domain.recovery_set import Kind
from flows.reap import reap
from tasks.drill_reports import read_report
from tasks.logbook import logged
from tasks.planted_defects import planted
from tasks.runs import new_id
from tasks.targets import Target, target_of
from tests.conftest import Endpoints
from tests.drills import DeadDrill
from tests.environments import environment as whole_environment
from tests.flows.conftest import Environments
from tests.planting import SANDBOX, drilled, failed, healthy, nothing, take_set
from tests.search_ground import SearchGround

BINDING, ISOLATED = "ELASTICSEARCH_URL", "ali-drill-elasticsearch-url"


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
    drill = {**SANDBOX, "search": ISOLATED}
    search = {**ground.part, "binding": BINDING}
    env = whole_environment(landscape, ground.name, over={"search": search, "drill": drill})
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
    with planted(target_of(library, new_id()), manifest, None, nothing, nothing):
        assert healthy(http)


def test_what_a_drill_that_died_left_damaged_reap_heals_unless_another_drill_is_under_way(
    library: Environment, ground: SearchGround, environment: Environments, http: httpx.Client
) -> None:
    search, drill = {**ground.part, "binding": BINDING}, {**SANDBOX, "search": ISOLATED}
    env = environment(ground.name, search=search, drill=drill)
    manifest = take_set(library)
    snapshot = next(part.references[0] for part in manifest.parts if part.kind is Kind.SEARCH)
    http.post("/faults", json={"snapshot": snapshot, "damage": "bit flip"}).raise_for_status()
    dead, live = DeadDrill(env, http), DeadDrill(env, http)
    dead.draft(set_id=manifest.id, defect="bit flip")
    dead.die()
    live.hold()
    left = reap(env.name).left
    assert len(left) == 1
    assert left[0].startswith(f"any damage to what set {manifest.id} keeps: ")
    assert live.holder in left[0]
    assert not healthy(http), "it may be what the other drill has planted"
    live.die()
    assert reap(env.name).removed == (f"any damage to what set {manifest.id} keeps",)
    assert healthy(http)
    assert not list_drill_drafts(env).drafts
    report = read_report(env, dead.id)
    assert report
    assert report.defect == "bit flip"


@pytest.mark.slow
def test_it_is_healed_however_the_drill_ends(library: Environment, http: httpx.Client) -> None:
    manifest = take_set(library)
    target = target_of(library, new_id())
    with suppress(InterruptedError), planted(target, manifest, Defect.PARTIAL, nothing, nothing):
        planted_now = http.get("/faults").json()["snapshots"]
        assert list(planted_now.values()) == [{"damage": "PARTIAL snapshot", "index": ""}]
        raise InterruptedError
    assert healthy(http)


TAKES = 3.0  # seconds


class Answers(BaseHTTPRequestHandler):
    """Damages nothing, and heals nothing."""

    def do_POST(self) -> None:
        self._answer(200)

    def do_DELETE(self) -> None:
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class Slow(Answers):
    """Takes its time for the damage."""

    def do_POST(self) -> None:
        time.sleep(TAKES)
        super().do_POST()


class HealsNoMore(Answers):
    """May not heal any more what it has damaged."""

    damaged = False

    def do_POST(self) -> None:
        HealsNoMore.damaged = True
        super().do_POST()

    def do_DELETE(self) -> None:
        self._answer(403 if HealsNoMore.damaged else 200)


@contextmanager
def serving(handler: type[Answers]) -> Iterator[str]:
    """The address of one such."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def at_address(env: Environment, address: str) -> Target:
    """A drill's, where damage is done at that address."""
    return target_of(
        env.model_copy(update={"drill": env.drill.model_copy(update={"damage": address})}), new_id()
    )


def test_damage_that_takes_longer_than_a_call_is_waited_for_and_the_lease_kept(library: Environment) -> None:
    manifest, kept = take_set(library), []
    with (
        serving(Slow) as address,
        patience(timedelta(seconds=2)),
        planted(
            at_address(library, address),
            manifest,
            Defect.PARTIAL,
            lambda: kept.append(time.monotonic()),
            nothing,
        ) as plant,
    ):
        assert plant.defect is Defect.PARTIAL
    assert kept[-1] - kept[0] > TAKES - 1


def test_what_cannot_be_healed_is_left_and_hides_not_how_the_drill_ended(library: Environment) -> None:
    manifest, left = take_set(library), list[str]()
    with (
        serving(HealsNoMore) as address,
        pytest.raises(InterruptedError),
        planted(at_address(library, address), manifest, Defect.PARTIAL, nothing, left.append),
    ):
        raise InterruptedError
    assert len(left) == 1
    assert left[0].startswith(f"any damage to what set {manifest.id} keeps (")
