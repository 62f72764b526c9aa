"""The meter, held against losses of known length: right to a second and one beat, and never too low."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import sleep

import httpx
import pytest

from clients.environment import Environment
from clients.heartbeat_rows import HeartbeatRows
from domain.ledger import Acknowledged, Through, word
from domain.loss import Beat, Loss, Unmeasurable
from tasks.ledger import Ledger, forget_old, open_ledger, read_ledger
from tasks.losses import account_for, measure_losses_of
from tests.conftest import Endpoints
from tests.environments import environment
from tests.heartbeat_ground import HeartbeatGround, beating
from tests.processes import wait_until
from tests.search_ground import SearchGround

SECOND = timedelta(seconds=1)
BEAT = timedelta(seconds=1)
WRITE = {"path": "/documents", "body": {"title": "{beat}"}, "status": 201, "field": "title"}


@pytest.fixture(scope="module")
def ground(landscape: Endpoints, http: httpx.Client) -> HeartbeatGround:
    return HeartbeatGround(landscape, http)


@pytest.fixture(scope="module")
def beaten(landscape: Endpoints, ground: HeartbeatGround) -> tuple[Environment, datetime]:
    """An environment whose heart has beaten for some seconds, and when that ended."""
    env = environment(landscape, f"losses-{secrets.token_hex(3)}", over=ground.part())
    with beating(env):
        wait_until(lambda: len(ground.rows(env)) >= 7, what="seven beats")
        ended_at = datetime.now(UTC)
        sleep(0.7)  # what is acknowledged by then is in the ledger soon
    return env, ended_at


@pytest.mark.parametrize(
    "lost",
    [0.0, pytest.param(1.0, marks=pytest.mark.slow), 2.5, pytest.param(4.0, marks=pytest.mark.slow)],
)
def test_a_loss_of_known_length(
    ground: HeartbeatGround, beaten: tuple[Environment, datetime], lost: float
) -> None:
    """All that was committed in the last seconds before the loss is missing, as of a recovery point."""
    env, lost_at = beaten
    copy = ground.restored(env)
    ground.execute(copy, "DELETE FROM muster.heartbeat WHERE at > %s", lost_at - timedelta(seconds=lost))
    database, search, _ = measure_losses_of(env, copy, lost_at)
    assert isinstance(database, Loss), database
    known = timedelta(seconds=lost)
    assert known <= database.achieved_rpo <= known + SECOND + BEAT
    assert abs(len(database.lost) - lost) <= 1
    assert search is None


def test_what_was_restored_without_a_loss_has_lost_nothing(
    ground: HeartbeatGround, beaten: tuple[Environment, datetime]
) -> None:
    env, lost_at = beaten
    database, _, _ = measure_losses_of(env, ground.restored(env), lost_at)
    assert isinstance(database, Loss)
    assert (database.lost, database.phantom) == ((), ())
    assert database.achieved_rpo <= BEAT + SECOND


def test_a_commit_whose_answer_was_lost_is_told_as_such(
    ground: HeartbeatGround, beaten: tuple[Environment, datetime]
) -> None:
    env, lost_at = beaten
    copy = ground.restored(env)
    epoch, sequence, _ = ground.rows(env)[3]
    first = ground.rows(env)[0][0]
    ledger = open_ledger(env)  # an epoch later, so that the one before is closed
    ledger.note(Acknowledged(Through.ROW, Beat(ledger.epoch, 1), lost_at + timedelta(hours=1)))
    ledger.write()
    ground.execute(copy, "INSERT INTO muster.heartbeat VALUES (%s, 9999, now())", first)
    database, _, _ = measure_losses_of(env, copy, lost_at)
    assert isinstance(database, Loss)
    assert (database.lost, database.phantom) == ((), (Beat(epoch, 9999),))
    assert Beat(epoch, sequence) not in database.phantom


@pytest.mark.slow
def test_a_machine_whose_clock_is_five_minutes_off_measures_the_same(
    landscape: Endpoints, ground: HeartbeatGround, http: httpx.Client
) -> None:
    """The one clock is storage's: here it is this machine's that is behind."""
    http.put("/sandbox/clock", json={"ahead": 300}).raise_for_status()
    try:
        env = environment(landscape, f"losses-{secrets.token_hex(3)}", over=ground.part())
        with beating(env):
            wait_until(lambda: len(ground.rows(env)) >= 4, what="four beats")
            lost_at = datetime.now(UTC)
            sleep(0.7)
        copy = ground.restored(env)
        ground.execute(copy, "DELETE FROM muster.heartbeat WHERE at > %s", lost_at - 2 * SECOND)
        database, _, _ = measure_losses_of(env, copy, lost_at)
    finally:
        http.put("/sandbox/clock", json={"ahead": 0}).raise_for_status()
    assert isinstance(database, Loss), database
    assert 2 * SECOND <= database.achieved_rpo <= 2 * SECOND + SECOND + BEAT


class Written:
    """A minute of beats, as a ledger and the two stores would have them: made at once."""

    def __init__(self, env: Environment, ground: HeartbeatGround, search: SearchGround) -> None:
        self.env, self.loss_at = env, datetime.now(UTC)
        self.ledger: Ledger = open_ledger(env)
        self._ground, self._search = ground, search
        self.index = search.index("beats", 0)
        search.client.indices.put_mapping(
            index=self.index, properties={"title": {"type": "text"}}, dynamic="false"
        )
        for number in range(1, 61):
            at = self.loss_at - timedelta(seconds=60.2 - number)
            for way in Through:
                self.ledger.note(Acknowledged(way, self.beat(number), at))
        self.ledger.write()

    def beat(self, number: int) -> Beat:
        return Beat(self.ledger.epoch, number)

    def restore(self, rows: int, documents: int) -> None:
        """The database up to one beat, the index up to another."""
        ground, env = self._ground, self.env
        ground.execute(env, "CREATE SCHEMA IF NOT EXISTS muster")
        ground.execute(
            env, "CREATE TABLE IF NOT EXISTS muster.heartbeat (epoch bigint, sequence bigint, at timestamptz)"
        )
        ground.execute(
            env,
            "INSERT INTO muster.heartbeat SELECT %s, n, now() FROM generate_series(1, %s) n",
            self.ledger.epoch,
            rows,
        )
        operations: list[dict[str, object]] = []
        for number in range(1, documents + 1):
            operations += [{"index": {}}, {"title": word(self.beat(number)), "body": "a heartbeat"}]
        self._search.client.bulk(index=self.index, operations=operations)


@pytest.fixture
def search(landscape: Endpoints) -> Iterator[SearchGround]:
    made = SearchGround(landscape)
    yield made
    made.clear()


@pytest.fixture
def written(landscape: Endpoints, ground: HeartbeatGround, search: SearchGround) -> Written:
    over = {**ground.part(write=WRITE), "search": search.part}
    return Written(environment(landscape, f"written-{secrets.token_hex(3)}", over=over), ground, search)


def test_the_index_has_a_loss_of_its_own_and_the_skew_is_told(written: Written) -> None:
    written.restore(rows=57, documents=45)
    database, search, skew = measure_losses_of(written.env, written.env, written.loss_at)
    assert isinstance(database, Loss)
    assert isinstance(search, Loss)
    assert (database.last, search.last) == (written.beat(57), written.beat(45))
    assert timedelta(seconds=3.2) <= database.achieved_rpo <= timedelta(seconds=4.5)
    assert timedelta(seconds=15.2) <= search.achieved_rpo <= timedelta(seconds=16.5)
    assert [beat.sequence for beat in search.lost] == list(range(46, 61))
    assert skew == "the index is 12 beats behind the database"


def test_what_a_recovery_lost_is_no_loss_of_the_next(written: Written) -> None:
    written.restore(rows=57, documents=60)
    first = measure_losses_of(written.env, written.env, written.loss_at)
    assert isinstance(first[0], Loss)
    assert len(first[0].lost) == 3
    for _ in range(2):  # noted twice is noted once
        account_for(written.env, "recovery-1", first[0], first[1])
    again = measure_losses_of(written.env, written.env, written.loss_at)[0]
    assert isinstance(again, Loss)
    assert (again.lost, again.last) == ((), written.beat(57))
    own = measure_losses_of(written.env, written.env, written.loss_at, "recovery-1")[0]
    assert isinstance(own, Loss)
    assert own.lost == first[0].lost, "one that was killed, and is measured again, has lost no less"
    assert abs(own.achieved_rpo - first[0].achieved_rpo) < timedelta(seconds=1), (
        "the clocks are compared anew"
    )


def test_without_a_store_nothing_is_measured_and_it_is_said_why(
    written: Written, landscape: Endpoints, ground: HeartbeatGround
) -> None:
    database, search, skew = measure_losses_of(written.env, written.env, written.loss_at)
    assert isinstance(database, Unmeasurable)
    assert "not even the first beat" in database.why
    assert isinstance(search, Unmeasurable)
    assert "cannot be told" in skew
    empty = environment(landscape, f"empty-{secrets.token_hex(3)}", over=ground.part())
    database, search, _ = measure_losses_of(empty, empty, written.loss_at)
    assert isinstance(database, Unmeasurable)
    assert "no beat was ever acknowledged" in database.why
    without = environment(landscape, "without-a-heartbeat")
    database, search, _ = measure_losses_of(without, written.env, written.loss_at)
    assert isinstance(database, Unmeasurable)
    assert "has no heartbeat in its file" in database.why
    assert isinstance(search, Unmeasurable)


def test_a_ledger_that_was_altered_is_not_guessed_at(written: Written, http: httpx.Client) -> None:
    name = f"ledger/{written.env.name}/beats/{written.ledger.epoch:010d}/000000.txt"
    http.post(
        f"/upload/storage/v1/b/{written.env.state}/o",
        params={"uploadType": "media", "name": name},
        content=b"muster ledger 1 epoch 1 wri",
    ).raise_for_status()
    database, _, _ = measure_losses_of(written.env, written.env, written.loss_at)
    assert isinstance(database, Unmeasurable)
    assert "it is no segment of a ledger" in database.why


def test_what_is_past_keeping_is_forgotten_and_rows_last_longer_than_the_ledger(
    written: Written, ground: HeartbeatGround
) -> None:
    """Else a beat whose row was merely pruned would count as lost."""
    written.restore(rows=60, documents=1)
    assert forget_old(written.env, timedelta(hours=48)) == 0
    assert len(read_ledger(written.env)) == 120
    assert forget_old(written.env, timedelta(seconds=-10)) == 1  # as if written longer ago than is kept
    assert read_ledger(written.env) == []
    for hours, epoch in ((48.5, 1), (49.5, 2), (60, 3)):
        ground.execute(
            written.env,
            "INSERT INTO muster.heartbeat VALUES (%s, 1, now() - %s * interval '1h')",
            epoch,
            hours,
        )
    with HeartbeatRows(written.env) as rows:
        assert rows.prune() == 2
        assert rows.prune() == 0
    assert {row[0] for row in ground.rows(written.env)} == {1, written.ledger.epoch}
