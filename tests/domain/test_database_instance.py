"""What of an instance stands in the way of a recovery set: each with what to do about it."""

from dataclasses import replace
from typing import Any

import pytest

from domain.database_instance import Instance, remarks, unrecoverable, unusable

GOOD = Instance("orders-db", "RUNNABLE", "POSTGRES_17")


def changed(**fields: Any) -> Instance:
    return replace(GOOD, **fields)


@pytest.mark.parametrize(
    ("instance", "what", "remedy"),
    [
        pytest.param(None, "orders-db: there is no such", "database.instance", id="not there"),
        pytest.param(changed(state="SUSPENDED"), "orders-db: it is SUSPENDED", "RUNNABLE", id="not runnable"),
        pytest.param(changed(stopped=True), "it is stopped", "--activation-policy=ALWAYS", id="stopped"),
    ],
)
def test_what_cannot_be_used_is_said_once(instance: Instance | None, what: str, remedy: str) -> None:
    (problem,) = unusable("orders-db", instance)
    assert what in problem.what
    assert remedy in problem.remedy
    assert unrecoverable("orders-db", instance) == [problem]


@pytest.mark.parametrize(
    ("fields", "what", "remedy"),
    [
        pytest.param(
            {"point_in_time_recovery": False},
            "point-in-time recovery is off",
            "gcloud sql instances patch orders-db --enable-point-in-time-recovery (it restarts)",
            id="no recovery to an instant",
        ),
        pytest.param(
            {"point_in_time_recovery": False, "backups": False},
            "point-in-time recovery is off",
            "patch orders-db --backup-start-time=02:00 --enable-point-in-time-recovery",
            id="no backups either",
        ),
        pytest.param(
            {"replica_of": "main-db", "point_in_time_recovery": False},
            "it is a replica",
            "main-db",
            id="a replica, which never has them",
        ),
    ],
)
def test_what_could_not_be_recovered_is_refused(fields: dict[str, Any], what: str, remedy: str) -> None:
    (problem,) = unrecoverable("orders-db", changed(**fields))
    assert what in problem.what
    assert remedy in problem.remedy
    assert unusable("orders-db", changed(**fields)) == [], "it can be exported all the same"


def test_nothing_stands_in_the_way_of_a_good_one() -> None:
    assert unrecoverable("orders-db", GOOD) == []
    assert remarks(GOOD) == []


def test_backups_that_go_with_the_instance_are_told() -> None:
    (remark,) = remarks(changed(retains_backups=False))
    assert "orders-db: its backups are lost when the instance is deleted" in remark
    assert "--retain-backups-on-delete" in remark
