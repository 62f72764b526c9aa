"""What a manifest says of where the database was."""

import pytest

from domain.manifest import Fact
from domain.position import Heartbeat, Position
from tests.domain.recovery_sets import NOW

PLAIN: dict[str, Fact] = {
    "database.lsn": "0/2000028",
    "database.noted_at": "2026-11-22T14:00:00+00:00",
    "database.schema": "b2",
}


@pytest.mark.parametrize(
    ("heartbeat", "more"),
    [
        pytest.param(None, {}, id="nobody writes a heartbeat"),
        pytest.param(
            Heartbeat(2, 41, NOW),
            {"heartbeat.epoch": 2, "heartbeat.sequence": 41, "heartbeat.at": "2026-11-22T14:00:00+00:00"},
            id="with a heartbeat",
        ),
        pytest.param(
            Heartbeat(0, 0, NOW),
            {"heartbeat.epoch": 0, "heartbeat.sequence": 0, "heartbeat.at": "2026-11-22T14:00:00+00:00"},
            id="with its very first one",
        ),
    ],
)
def test_the_facts_of_a_position(heartbeat: Heartbeat | None, more: dict[str, Fact]) -> None:
    assert Position("0/2000028", NOW, "b2", heartbeat).facts() == PLAIN | more
