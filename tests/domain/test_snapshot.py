"""What a snapshot is worth, and how far one is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.snapshot import Progress, Snapshot, State

AT = datetime(2026, 11, 22, tzinfo=UTC)


def snapshot(state: State = State.SUCCESS, **fields: Any) -> Snapshot:
    whole = {
        "repository": "vault", "name": "one", "uuid": "u", "state": state, "started_at": AT, "ended_at": AT,
        "indices": ("documents",), "shards": 2, "shards_failed": 0, "failures": (), "version": "9.2.4",
    }  # fmt: skip
    return Snapshot(**{**whole, **fields})


@pytest.mark.parametrize(
    ("found", "successful", "trouble"),
    [
        pytest.param(snapshot(), True, "", id="whole"),
        pytest.param(snapshot(State.IN_PROGRESS), False, "", id="under way"),
        pytest.param(
            snapshot(State.PARTIAL, shards_failed=1, failures=("documents[1]: node left",)),
            False,
            "vault/one is PARTIAL: 1 of 2 shards failed; documents[1]: node left",
            id="partial",
        ),
        pytest.param(
            snapshot(shards_failed=1),
            False,
            "vault/one is SUCCESS: 1 of 2 shards failed",
            id="said to be a success, with a shard that failed",
        ),
        pytest.param(
            snapshot(indices=(), shards=0),
            False,
            "vault/one is SUCCESS and holds no index",
            id="said to be a success, of nothing",
        ),
        pytest.param(
            snapshot(State.FAILED, shards=0), False, "vault/one is FAILED: 0 of 0 shards failed", id="failed"
        ),
    ],
)
def test_success_is_everything_or_nothing(found: Snapshot, successful: bool, trouble: str) -> None:
    assert (found.successful, found.trouble) == (successful, trouble)


def test_progress_is_told_in_bytes_and_shards() -> None:
    assert (
        str(Progress(310_000_000, 900_000_000, 1_400_000_000, 41, 3, 8)) == "310 MB of 900 MB, 3 of 8 shards"
    )
