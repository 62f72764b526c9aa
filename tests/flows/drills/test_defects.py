"""The twelve defects, each planted into a drill of a small service: each is caught, and by what the runbook
names."""

import pytest

from clients.environment import Environment
from domain.drill import Defect
from domain.drill_report import Verdict
from domain.recovery_set import State
from flows.restore_drill import restore_drill
from tasks.drill_reports import read_reports
from tests.flows.drills.conftest import newer
from tests.recovery import listed
from tests.recovery_ground import note

BY = {
    Defect.BIT_FLIP: "amcheck tables",
    Defect.TRUNCATION: "settled rows of notes",
    Defect.MISSING_LOG: "restore of the database",
    Defect.WRONG_KEY: "restore of the database",
    Defect.EMPTY: "reindex",
    Defect.STALE: "age",
    Defect.ANOTHERS: "restore of the database",
    Defect.PARTIAL: "restore of the search",
    Defect.MISSING_INDEX: "indices",
    Defect.EXTRA_INDEX: "indices",
    Defect.SCHEMA_DRIFT: "structure",
    Defect.CONFIGURATION_DRIFT: "database configuration",
}


@pytest.fixture(scope="module")
def two_sets(env: Environment, taken: str) -> str:
    """The newer of two, between which a user has written."""
    assert note(env, "between") == 201
    return newer(env)


@pytest.fixture
def since(env: Environment, two_sets: str) -> None:
    """A user has written after the newest set was taken."""
    assert note(env, "since") == 201


def test_every_defect_is_planted_here() -> None:
    assert list(BY) == list(Defect)


@pytest.mark.slow
@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("defect", [pytest.param(each, id=each.value) for each in Defect])
def test_a_planted_defect_is_caught_and_speaks_neither_for_nor_against_the_set(
    env: Environment, two_sets: str, defect: Defect
) -> None:
    said = restore_drill.fn(env.name, defect=defect.value)
    report = read_reports(env).reports[-1]
    assert (report.verdict, report.set_id, report.defect) == (Verdict.PASSED, two_sets, defect)
    assert f"`{BY[defect]}`" in said
    assert said.startswith(f"planted {defect}: caught by ")
    assert listed(env, two_sets).set.state is State.COMPLETE


@pytest.mark.slow
@pytest.mark.usefixtures("since", "apart")
def test_without_a_defect_no_check_raises_an_alarm(env: Environment, two_sets: str) -> None:
    """A user has written since."""
    restore_drill.fn(env.name)
    report = read_reports(env).reports[-1]
    assert [check for check in report.checks if not check.passed] == []
    assert (report.verdict, listed(env, two_sets).set.state) == (Verdict.PASSED, State.PROVEN)
