"""The figures of backups, at toy size: every way is walked, and nothing of it is left."""

import os

import pytest

from bench import backups
from bench.__main__ import opened
from bench.backups import FLOW, PARTS, Size
from bench.debian import missing

TOY = Size(scale=1, text=2, documents=500, rounds=1, seconds=3)
BACKUPS = "/v1/projects/sandbox-project/backups"


@pytest.mark.parametrize(
    ("database", "search", "limit"),
    [
        pytest.param(4.0, 1.0, 4.4, id="the database is the slowest part"),
        pytest.param(1.0, 5.0, 5.5, id="the search is the slowest part"),
    ],
)
def test_a_set_is_held_against_the_slowest_of_its_parts(database: float, search: float, limit: float) -> None:
    medians = {PARTS["database"]: database, FLOW: 4.2, PARTS["search"]: search, "pg_dump": 20.0}
    figure = backups.figure(medians, 1_390_000_000, TOY)
    assert figure.name == "a recovery set of 1.39 GB and 500 documents"
    assert figure.limit == pytest.approx(limit)
    assert [peer.value for peer in figure.peers] == [max(database, search), min(database, search), 20.0]
    assert figure.kept == (figure.value <= limit)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_way_is_measured_and_leaves_nothing() -> None:
    before = dict(os.environ)
    with opened(*backups.SANDBOX) as cloud:
        whole, slow, errors = backups.measure(cloud, TOY)
        kept = cloud.ask("GET", BACKUPS).get("backups", [])
        home = cloud.home
    assert {"pg_basebackup", "pg_dump", *PARTS.values()} <= {peer.name for peer in whole.peers}
    assert missing() or "pgBackRest of PostgreSQL 15" in {peer.name for peer in whole.peers}
    assert all(peer.value > 0 for peer in (*whole.peers, *slow.peers))
    assert errors.unit != "of 0", "users asked; on a busy machine they see errors, with sets and without"
    assert "ON_DEMAND" not in {backup["type"] for backup in kept}
    assert not home.exists()
    assert dict(os.environ) == before
