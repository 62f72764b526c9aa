"""Automated backups: when they are due, how they are numbered, which of them are kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.sql import schedule
from tests.processes import wait_until
from tests.sandbox.sql_client import Document, only_sql
from tests.sandbox.test_sql_backups import take

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "now", "began"),
    [
        pytest.param("12:00", NOON, NOON, id="its first moment"),
        pytest.param("12:00", NOON + timedelta(hours=4), None, id="its end"),
        pytest.param("12:01", NOON, None, id="not yet"),
        pytest.param("11:30", NOON, NOON - timedelta(minutes=30), id="within"),
        pytest.param(
            "22:15",
            NOON.replace(hour=1),
            NOON - timedelta(hours=13, minutes=45),
            id="over midnight it is yesterday's",
        ),
    ],
)
def test_the_window(start: str, now: datetime, began: datetime | None) -> None:
    assert schedule.window(start, now) == began


def test_a_run_is_numbered_by_its_window() -> None:
    """https://github.com/raisely/cloudsql-restore"""
    assert schedule.number(datetime(2020, 7, 24, 14, tzinfo=UTC)) == "1595599200001"


def test_the_newest_that_succeeded_are_kept() -> None:
    def run(name: str, kind: str = "AUTOMATED", status: str = "SUCCESSFUL") -> Document:
        return {"name": name, "body": {"type": kind, "status": status}}

    runs = [run("e"), run("d", status="FAILED"), run("c"), run("b", "ON_DEMAND"), run("a")]
    assert [one["name"] for one in schedule.surplus(runs, 1)] == ["c", "a"]
    assert schedule.surplus(runs, 3) == []


def test_in_its_window_an_instance_is_backed_up_by_itself(tmp_path: Path) -> None:
    began = datetime.now(UTC).replace(second=0, microsecond=0)
    with only_sql(tmp_path) as (_, sql):
        assert "error" not in sql.ended(
            sql.begin(
                "nightly",
                backupConfiguration={
                    "enabled": True,
                    "startTime": f"{began:%H:%M}",
                    "backupRetentionSettings": {"retainedBackups": 1},
                },
            )
        )

        def runs() -> list[Document]:
            found = sql.call("backupRuns", "list", instance="nightly").get("items", [])
            return [one for one in found if one["status"] == "SUCCESSFUL"]

        (run,) = wait_until(runs, what="the automated backup")
        assert (run["type"], run["id"]) == ("AUTOMATED", schedule.number(began))
        assert run["windowStartTime"] == f"{began:%Y-%m-%dT%H:%M:%SZ}"
        (operation,) = [
            one
            for one in sql.call("operations", "list", instance="nightly")["items"]
            if one["operationType"] == "BACKUP_VOLUME"
        ]
        assert operation["backupContext"]["backupId"] == run["id"]
        take(sql, "nightly")
        assert len(runs()) == 2, "one automated run a window"
        earlier = began - timedelta(hours=1)
        sql.patch("nightly", backupConfiguration={"startTime": f"{earlier:%H:%M}"})
        wait_until(
            lambda: (
                sorted(one["type"] for one in runs()) == ["AUTOMATED", "ON_DEMAND"]
                and runs()[-1]["id"] == run["id"]
            ),
            what="the newest automated backup alone is kept, on demand ones are not counted",
        )
