"""A backup may be counted on when it is SUCCESSFUL and its operation ended without an error."""

from dataclasses import replace
from typing import Any

import pytest

from domain.database_backup import DatabaseBackup, failure
from tests.domain.recovery_sets import NOW

GOOD = DatabaseBackup("projects/p/backups/b", "orders-db", "SUCCESSFUL", started_at=NOW, size=1)


@pytest.mark.parametrize(
    ("fields", "operation_error", "said"),
    [
        pytest.param({}, "", "", id="successful"),
        pytest.param({"size": None}, "", "", id="successful, its size not told"),
        pytest.param({}, "UNKNOWN", "it is SUCCESSFUL: UNKNOWN", id="done with an error"),
        pytest.param(
            {"state": "FAILED", "error": "DISK: full"}, "", "it is FAILED: DISK: full", id="failed, and why"
        ),
        pytest.param({"state": "FAILED"}, "", "it is FAILED: no reason is told", id="failed, who knows why"),
        pytest.param({"state": "FAILED"}, "UNKNOWN", "it is FAILED: UNKNOWN", id="its operation knows why"),
        pytest.param({"state": "SKIPPED"}, "", "it is SKIPPED: no reason is told", id="a state of tomorrow"),
        pytest.param({"state": "DELETING"}, "", "it is DELETING: no reason is told", id="on its way out"),
        pytest.param({"started_at": None}, "", "it does not say since when", id="without a beginning"),
    ],
)
def test_why_a_backup_is_none(fields: dict[str, Any], operation_error: str, said: str) -> None:
    found = failure(replace(GOOD, **fields), operation_error)
    assert found.startswith(said)
    assert bool(found) is bool(said)


@pytest.mark.parametrize(
    ("state", "ended"),
    [("ENQUEUED", False), ("RUNNING", False), ("SUCCESSFUL", True), ("FAILED", True), ("DELETING", True)],
)
def test_when_it_has_ended(state: str, ended: bool) -> None:
    assert replace(GOOD, state=state).ended is ended
