"""What a drill means for its set."""

from typing import Any

import pytest
from hypothesis import given

from domain.drill import Path, Scenario
from domain.drill_check import Result
from domain.drill_report import DrillReport, Verdict
from domain.drill_verdict import judged
from domain.loss import Unmeasurable
from domain.recovery_set import Kind, Part, Proof, RecoverySet, State
from domain.set_proof import conclude
from tests.domain.drills import NOON, REPORTS, SECOND, check, loss, report
from tests.domain.recovery_sets import CHECKED, COMPLETE, DAY, INCOMPLETE, NOW, PROVEN, taken

SET = "20261122-060000-aaaaaa"
FAILED = Result.FAILED


def concluded(
    state: State = CHECKED, each: RecoverySet | None = None, **fields: Any
) -> tuple[RecoverySet, str]:
    found = conclude(judged(report(**fields)), each or taken(1, state, name=SET), NOON)
    assert found.against is (found.set.state is INCOMPLETE and state is not INCOMPLETE)
    return found.set, found.said


@pytest.mark.parametrize("state", [COMPLETE, CHECKED, PROVEN])
def test_a_drill_that_passed_proves_it_with_its_figures(state: State) -> None:
    found, said = concluded(state)
    assert found.state is PROVEN
    assert found.proof == Proof("restore drill 20261122-120000-1a2b3c", NOON, 58 * SECOND, 3 * SECOND)
    assert said == f"{SET} is *proven* by restore drill 20261122-120000-1a2b3c"


def test_without_a_heartbeat_the_proof_has_no_rpo() -> None:
    found, _ = concluded(database=Unmeasurable("no heartbeat"), search=None, metered=())
    assert found.proof
    assert found.proof.achieved_rpo is None
    assert found.proof.achieved_rto == 58 * SECOND


def test_a_missed_objective_is_not_the_sets_fault() -> None:
    found, _ = concluded(database=loss(86_400))
    assert found.proof
    assert found.proof.achieved_rpo == DAY


@pytest.mark.parametrize("state", [COMPLETE, CHECKED, PROVEN])
def test_a_check_that_failed_takes_the_set_out_and_says_so(state: State) -> None:
    found, said = concluded(state, checks=[check("rows"), check("amcheck", FAILED, "page 7 of documents")])
    assert (found.state, found.proof) == (INCOMPLETE, None)
    assert said.startswith(f"*{SET} counts no more*: restore drill 20261122-120000-1a2b3c found it wrong by ")
    assert "`amcheck` (page 7 of documents)" in said
    assert f"muster verify production {SET} counts it again" in said


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        pytest.param({"checks": [check("a", Result.NOT_RUN)]}, "by nothing of the set's own", id="not run"),
        pytest.param({"checks": []}, "by nothing of the set's own", id="nothing checked"),
        pytest.param({"failure": "quota exceeded"}, "by nothing of the set's own", id="the machinery failed"),
        pytest.param({"left": ["secret x"]}, "by nothing of the set's own", id="something left"),
        pytest.param(
            {"checks": [check("isolation", FAILED).of_isolation]}, "by nothing of the set's own",
            id="a check that is not of the set",
        ),
        pytest.param(
            {"defect": "bit flip", "checks": [check("amcheck", FAILED)]}, "a defect was planted (bit flip)",
            id="planted, and caught",
        ),
        pytest.param({"defect": "bit flip"}, "a defect was planted (bit flip)", id="planted, and not caught"),
        pytest.param(
            {"path": Path.POINT_IN_TIME}, "did not come back from the set's backup (point_in_time)",
            id="from the log, although all passed",
        ),
        pytest.param(
            {"path": Scenario.REGION_LOST, "checks": [check("a", FAILED)]}, "the set's backup (region lost)",
            id="from its copy",
        ),
        pytest.param({"set_id": "another"}, "the drill restored another", id="of another set"),
    ],
)  # fmt: skip
def test_what_tells_nothing_of_the_set_changes_nothing(fields: dict[str, Any], why: str) -> None:
    for state in (COMPLETE, CHECKED, PROVEN):
        before = taken(1, state, name=SET)
        found, said = concluded(state, before, **fields)
        assert found == before
        assert said.startswith(f"{SET} stays {state}: ")
        assert why in said


def test_a_set_without_a_database_is_proven_by_any_path() -> None:
    parts = (Part(Kind.SEARCH, ("r/s",), NOW),)
    found, _ = concluded(each=taken(1, CHECKED, name=SET, parts=parts), path="")
    assert found.state is PROVEN


@pytest.mark.parametrize(
    ("each", "why"),
    [
        (taken(1, CHECKED, name=SET, deleting=True, expires_at=NOW), "its deletion has begun"),
        (taken(1, INCOMPLETE, name=SET), "a check found it wrong meanwhile"),
    ],
)
def test_what_changed_meanwhile_stays(each: RecoverySet, why: str) -> None:
    found = conclude(judged(report()), each, NOON)
    assert found.set == each
    assert why in found.said


@given(REPORTS)
def test_only_what_passed_proves_and_it_may_be_said_twice(drilled: DrillReport) -> None:
    before = taken(1, CHECKED, name=drilled.set_id or "x")
    found = conclude(judged(drilled), before, NOON)
    if found.set.state is PROVEN:
        assert judged(drilled).verdict in {Verdict.PASSED, Verdict.MISSED}
        assert not drilled.defect
    if found.set.state is not INCOMPLETE:
        assert conclude(judged(drilled), found.set, NOON).set == found.set
