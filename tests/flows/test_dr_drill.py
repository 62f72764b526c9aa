"""A DR drill: the primary's disk is gone for real, and the service is on its replica, measured."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from clients.environment import Environment
from clients.sql_instances import read_instance_named
from domain.drill_report import DR_DRILL
from domain.timeline import Moment
from tasks.drill_reports import read_reports
from tests.conftest import Endpoints
from tests.flows.conftest import Environments
from tests.flows.runs import establish
from tests.recovery_ground import Ground, note, noted, patiently
from tests.sandbox.sql_client import Client

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # instances are made, lost and promoted

NAME = "t-dr-drill"
REAL = {
    "loss": "{google}/faults",
    "losses": {"primary lost": {"instance": "{instance}", "loss": "disk"}},
}


@pytest.fixture(scope="module")
def made(landscape: Endpoints) -> Iterator[Ground]:
    with closing(Client(landscape.google)) as client:
        yield Ground(landscape, NAME, client).lay()


@pytest.fixture(scope="module")
def env(made: Ground, environment: Environments, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    establish(environment(NAME, service=made.over["service"]), made.source(tmp_path_factory.mktemp("dr")))
    return environment(NAME, **made.over, drill=REAL)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["primary-lost"], "no replica to promote", id="no replica"),
        pytest.param(["search-lost"], "no search to lose", id="no search"),
        pytest.param(["corruption"], "when the damage was done", id="damage at no instant"),
    ],
)
def test_what_the_environment_cannot_do_is_refused(env: Environment, arguments: list[str], said: str) -> None:
    ended = patiently("dr-drill", env.name, *arguments)
    assert ended.code == 2, ended.said
    assert said in ended.said


def test_where_nothing_makes_it_real_the_primary_is_to_be_named(
    made: Ground, env: Environment, environment: Environments
) -> None:
    environment(NAME, **made.over)
    try:
        ended = patiently("dr-drill", NAME, "primary-lost")
        assert ended.code == 2, ended.said
        assert f"--lose {made.name}" in ended.said
    finally:
        environment(NAME, **made.over, drill=REAL)


def test_a_primary_is_lost_for_real_and_the_drill_tells_how_long_users_waited(
    made: Ground, env: Environment
) -> None:
    made.follow()
    assert note(env, "before") == 201
    ended = patiently("dr-drill", env.name, "primary-lost")
    assert ended.code == 0, ended.said
    assert (noted(env, "before"), note(env, "after")) == (200, 201)
    [report] = read_reports(env).reports
    assert report.kind == DR_DRILL
    assert "for real" in report.picked
    seen = [moment for moment in Moment if moment in report.timeline.at]
    assert seen == list(Moment), "T0 to T8"
    at = [report.timeline.at[moment] for moment in seen]
    assert at == sorted(at), report.timeline
    assert all(check.passed for check in report.checks), report.checks
    assert f"write database.instance: {made.replica}" in ended.said
    old = read_instance_named(env, made.name)
    assert old
    assert old.stopped
    again = patiently("dr-drill", env.name, "primary-lost")
    assert again.code == 2, again.said
