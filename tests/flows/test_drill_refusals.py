"""A drill is refused before anything is made, by what the environment and its database say of themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.environment import Environment
from clients.recovery_window import read_window
from domain.drill import Defect, Path
from domain.drill_wish import Wish
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.refusal import Refused
from examples.landscape import DATABASE, INSTANCE
from tasks.drill_refusals import refuse_drill
from tests.flows.conftest import Environments
from tests.processes import wait_until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BINDING = {
    "variable": "DATABASE_URL",
    "user": "ali_api",
    "address": "postgresql://{user}:{password}@{host}/{database}",
}
HOUR = timedelta(hours=1)


def make(environment: Environments, name: str, **over: Any) -> Environment:
    database = {"instance": INSTANCE, "name": DATABASE, "credentials": "ali-muster-database-url"}
    whole: dict[str, Any] = {"database": {**database, "binding": BINDING}}
    return environment(name, **{**whole, **over})


def manifest(env: Environment, size: int | None = 2_000_000_000, *, service: bool = True) -> Manifest:
    set_id = "20261123-110000-00000a"
    files = [f"gs://{env.vault}/sets/{env.name}/{set_id}/configuration/{'service' if service else 'x'}.json"]
    parts = (
        Part(Kind.CONFIGURATION, tuple(files), NOON),
        Part(Kind.DATABASE, ("projects/p/backups/1",), NOON, size),
    )
    return Manifest(set_id, env.name, env.service.name, NOON, NOON, parts)


def problems(env: Environment, *asked: Any, **known: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        refuse_drill(env, *asked, **known)
    return [problem.what for problem in refused.value.problems]


def test_a_drill_that_may_begin_says_what_it_costs_and_what_it_cannot_tell(environment: Environments) -> None:
    env = make(environment, "t-admitted", drill={"cost": {"cap": 1, "hour": 0.2, "gigabyte": 0.1}})
    admitted = refuse_drill(env, manifest(env), Wish(), past=[HOUR, 2 * HOUR])
    assert admitted.cost
    assert admitted.cost.sum == pytest.approx(0.6)
    assert "the longest of the last 2 drills" in admitted.cost.why
    assert ["RPO will not be measurable" in remark for remark in admitted.remarks] == [True]
    assert refuse_drill(make(environment, "t-no-prices"), None, Wish()).cost is None


def test_a_database_of_unknown_size_counts_as_its_disk(environment: Environments) -> None:
    env = make(environment, "t-disk", drill={"cost": {"cap": 100, "gigabyte": 1}})
    admitted = refuse_drill(env, manifest(env, size=None), Wish())
    assert admitted.cost
    assert admitted.cost.sum >= 10
    assert "GB restored" in admitted.cost.why


def test_all_problems_come_at_once_and_the_cost_among_them(environment: Environments) -> None:
    env = make(
        environment,
        "t-refused",
        database={"instance": INSTANCE, "name": DATABASE, "credentials": "ali-muster-database-url"},
        search={"credentials": "ali-elasticsearch-url", "indices": ["x"], "repository": "vault"},
        drill={"cost": {"cap": 0.1, "hour": 1}, "longest": "1h"},
    )
    wish = Wish(at=NOON, defect=Defect.BIT_FLIP, keep_for=2 * HOUR)
    found = problems(env, manifest(env, service=False), wish, plantable={Defect.STALE})
    starts = [
        "t-refused.yaml: database.binding is missing",
        "t-refused.yaml: drill.search is missing",
        "20261123-110000-00000a: no service was deployed",
        "20261123-110000-00000a: it holds no snapshot",
        "an instant (2026-11-23 12:00:00 UTC) is for the path point_in_time",
        "the target would be kept for 2 h",
        "t-refused: the defect 'bit flip' cannot be planted here",
        "the drill would cost 3.00, 2.90 above the cap of 0.10",
    ]
    assert len(found) == len(starts)
    for what, start in zip(found, starts, strict=True):
        assert what.startswith(start)


def test_an_instant_is_held_against_the_recovery_window(environment: Environments) -> None:
    env = make(environment, "t-instants")
    window = wait_until(lambda: read_window(env), seconds=60, what="a recovery window")
    assert window
    to_instant = Wish(Path.POINT_IN_TIME)
    refuse_drill(env, None, to_instant)
    refuse_drill(env, None, replace(to_instant, at=window.latest_at))
    [early] = problems(env, None, replace(to_instant, at=window.earliest_at - HOUR))
    assert "is before the recovery window" in early
    [late] = problems(env, None, replace(to_instant, at=datetime.now(UTC) + HOUR))
    assert "is in the future" in late


def test_an_instance_that_is_not_there_has_no_window(environment: Environments) -> None:
    database = {"instance": "no-such-db", "name": "x", "credentials": "y", "binding": BINDING}
    env = make(environment, "t-nowhere", database=database)
    [problem] = problems(env, manifest(env), Wish(Path.POINT_IN_TIME))
    assert "there is no such Cloud SQL instance" in problem
    refuse_drill(env, manifest(env), Wish())
