"""The heartbeat: whatever is down, the rest of it beats, and the ledger tells no more than is true."""

import secrets
import signal
import time
from datetime import timedelta

import httpx
import psycopg
import pytest

from clients.environment import Environment
from domain.ledger import Through, through
from domain.refusal import Refused
from flows.heartbeat import heartbeat
from tests.conftest import Endpoints
from tests.environments import TINY
from tests.flows.conftest import Environments
from tests.flows.runs import Command, establish
from tests.heartbeat_ground import HeartbeatGround, acknowledged, beating, told
from tests.processes import wait_until

BEHIND = timedelta(seconds=2)  # a second, and a call that takes its time on a busy machine


@pytest.fixture(scope="module")
def ground(landscape: Endpoints, http: httpx.Client) -> HeartbeatGround:
    return HeartbeatGround(landscape, http)


@pytest.fixture
def env(environment: Environments, ground: HeartbeatGround) -> Environment:
    return environment(f"heart-{secrets.token_hex(4)}", **ground.part())


def fault(http: httpx.Client, **fields: object) -> None:
    http.post("/faults", json=fields).raise_for_status()


def test_each_row_is_in_the_ledger_a_second_later_and_a_stopped_one_ends_well(
    env: Environment, ground: HeartbeatGround
) -> None:
    command = Command("heartbeat", env.name)
    wait_until(lambda: len(ground.rows(env)) >= 3, what="three rows")
    for _ in range(2):
        rows = ground.rows(env)
        time.sleep(BEHIND.total_seconds())
        assert {(beat.epoch, beat.sequence) for beat in acknowledged(env)} >= {row[:2] for row in rows}
    command.process.send_signal(signal.SIGTERM)
    ended = command.end(20)
    assert ended.code == 0, ended.said
    rows = ground.rows(env)
    assert [(each.beat.epoch, each.beat.sequence) for each in told(env)] == [row[:2] for row in rows]
    for each, (_, _, at) in zip(told(env), rows, strict=True):
        assert timedelta(seconds=-0.3) <= each.at - at <= timedelta(seconds=1)
    for said in ("the heartbeat beats, in epoch", "rows are acknowledged", "its ledger is written"):
        assert ended.said.count(said) == 1
    assert ground.address("").split(":")[2].partition("@")[0] not in ended.said


@pytest.mark.slow
def test_one_that_is_killed_leaves_what_it_wrote_and_another_goes_on(
    env: Environment, ground: HeartbeatGround
) -> None:
    """All but what was acknowledged in its last moments; nothing that was not."""
    first = Command("heartbeat", env.name)
    wait_until(lambda: len(ground.rows(env)) >= 3, what="three rows")
    first.process.kill()
    first.end(10)
    rows = {row[:2] for row in ground.rows(env)}
    left = {(beat.epoch, beat.sequence) for beat in acknowledged(env)}
    assert left <= rows
    assert len(rows - left) <= 2
    with beating(env):
        wait_until(lambda: len(ground.rows(env)) > len(rows) + 1, what="two rows more")
    epochs = sorted({beat.epoch for beat in acknowledged(env)})
    assert len(epochs) == 2


def test_two_at_once_have_an_epoch_each(env: Environment, ground: HeartbeatGround) -> None:
    with beating(env), beating(env):
        wait_until(lambda: len(ground.rows(env)) >= 5, what="five rows")
    assert {(beat.epoch, beat.sequence) for beat in acknowledged(env)} == {
        row[:2] for row in ground.rows(env)
    }
    assert len({beat.epoch for beat in acknowledged(env)}) == 2


@pytest.mark.parametrize(
    ("what", "times"),
    [
        pytest.param({"action": "refuse", "status": 503}, 12, id="503s"),
        pytest.param({"action": "refuse", "status": 429}, 12, id="429s", marks=pytest.mark.slow),
        pytest.param({"action": "drop_answer"}, 3, id="answers that are lost"),
        pytest.param({"action": "hold_answer"}, 1, id="an answer that never comes", marks=pytest.mark.slow),
    ],
)
def test_while_the_ledger_cannot_be_written_beats_go_on_and_are_written_later(
    env: Environment, ground: HeartbeatGround, http: httpx.Client, what: dict[str, object], times: int
) -> None:
    with beating(env):
        wait_until(lambda: len(acknowledged(env)) >= 1, what="a beat in the ledger")
        fault(http, **what, path=f"upload/storage.*ledger(/|%2F){env.name}", times=times)
        before = len(ground.rows(env))
        wait_until(lambda: len(ground.rows(env)) >= before + 3, what="three rows more")
        http.delete("/faults")
    sequences = [row[1] for row in ground.rows(env)]
    assert {(beat.epoch, beat.sequence) for beat in acknowledged(env)} == {
        row[:2] for row in ground.rows(env)
    }
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))


@pytest.mark.slow
def test_a_database_that_is_down_stops_nothing_else(
    environment: Environments,
    ground: HeartbeatGround,
    http: httpx.Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its rows are not acknowledged meanwhile, writes through the application are; and the reverse."""
    write = {"path": "/documents", "body": {"title": "{beat}"}, "status": 201, "field": "title"}
    env = environment(f"heart-{secrets.token_hex(4)}", **ground.part(write=write))
    caplog.set_level("INFO", "muster")
    with beating(env):
        wait_until(lambda: "no such service yet" in caplog.text, what="the word on the service")
        establish(environment(env.name), TINY)  # it has no migrations
        wait_until(lambda: through(told(env), Through.WRITE), what="a write", seconds=60)
        fault(http, instance="ali-db", loss="process")
        time.sleep(4)
        http.delete("/faults")
        wait_until(lambda: "rows are acknowledged again" in caplog.text, what="rows again")
        fault(http, revision=serving(http, env), error_rate=1)
        wait_until(lambda: caplog.text.count("writes are not acknowledged") == 2, what="failing writes")
        http.delete("/faults")
        wait_until(lambda: caplog.text.count("writes are acknowledged again") == 2, what="writes again")
    rows = {each.beat.sequence for each in through(told(env), Through.ROW)}
    writes = {each.beat.sequence for each in through(told(env), Through.WRITE)}
    assert rows == {row[1] for row in ground.rows(env)}
    assert len([n for n in writes if n not in rows]) >= 2
    assert len([n for n in rows if n not in writes]) >= 2
    assert caplog.text.count("rows are not acknowledged") == 1


def serving(http: httpx.Client, env: Environment) -> str:
    place = f"/v2/projects/{env.project}/locations/{env.region}/services/{env.service.name}"
    ready: str = http.get(place).json()["latestReadyRevision"]
    return ready.rpartition("/")[2]


@pytest.mark.slow
def test_a_server_that_is_stopped_dead_is_not_waited_for(
    env: Environment, ground: HeartbeatGround, caplog: pytest.LogCaptureFixture
) -> None:
    """A row that cannot be written within seconds is given up, by a table that somebody has locked."""
    caplog.set_level("INFO", "muster")
    assert env.database
    with beating(env):
        wait_until(lambda: len(ground.rows(env)) >= 2, what="two rows")
        with psycopg.connect(ground.address(env.database.name)) as holder:
            holder.execute("LOCK TABLE muster.heartbeat IN ACCESS EXCLUSIVE MODE")
            wait_until(lambda: "rows are not acknowledged" in caplog.text, what="the word on it", seconds=10)
        wait_until(lambda: "rows are acknowledged again" in caplog.text, what="rows again")
    assert {(beat.epoch, beat.sequence) for beat in acknowledged(env)} == {
        row[:2] for row in ground.rows(env)
    }


def test_without_a_heartbeat_in_its_file_it_is_refused(environment: Environments) -> None:
    with pytest.raises(Refused, match="it has no database in its file: write heartbeat"):
        heartbeat(environment("t-without-a-heartbeat").name)
