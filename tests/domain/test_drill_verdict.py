"""Whether a drill passed: nothing that was not seen is a pass."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from domain.drill import Defect
from domain.drill_check import Result
from domain.drill_report import DrillReport, Promise, Verdict
from domain.drill_verdict import caught_by, judged, verdict
from domain.loss import Unmeasurable
from tests.domain.drills import REPORTS, check, loss, report, timeline

FAILED, NOT_RUN = Result.FAILED, Result.NOT_RUN
NOT_KNOWN = Unmeasurable("no beat was ever acknowledged")


@pytest.mark.parametrize(
    ("fields", "what", "remedy"),
    [
        pytest.param(
            {"checks": [check("rows"), check("indices", FAILED, "documents is missing")]},
            "`indices` failed: documents is missing",
            "see whether it is the set: `muster verify production 20261122-060000-aaaaaa`",
            id="a check failed",
        ),
        pytest.param(
            {"checks": [check("isolation", FAILED, "a connection to 10.0.0.3").of_isolation]},
            "`isolation` failed: a connection to 10.0.0.3",
            "look at what it compares, in production",
            id="a check failed, which is not the set's fault",
        ),
        pytest.param(
            {"checks": [check("rows"), check("amcheck", NOT_RUN, "no such extension")]},
            "`amcheck` could not run: no such extension",
            "see that it can, then drill again",
            id="a check could not run",
        ),
        pytest.param({"checks": []}, "nothing was checked", "read in the log", id="nothing was checked"),
        pytest.param(
            {"failure": "orders-db: quota exceeded", "run_url": "http://p/runs/1"},
            "orders-db: quota exceeded",
            "look at the step that failed: http://p/runs/1",
            id="it ended early",
        ),
        pytest.param(
            {"database": NOT_KNOWN},
            "the loss of the database is not measurable: no beat was ever acknowledged",
            "see whether `muster heartbeat production` runs",
            id="the heartbeat tells nothing",
        ),
        pytest.param(
            {"search": NOT_KNOWN, "metered": ("database", "search")},
            "the loss of the search is not measurable: no beat was ever acknowledged",
            "see whether `muster heartbeat production` runs",
            id="the heartbeat tells nothing of the index",
        ),
        pytest.param(
            {"timeline": timeline(T0=0, T4=1, T5=40)},
            "RTO is not measurable: ten good answers in a row were not seen (T7)",
            "read in its own log what the service answered",
            id="users were never served",
        ),
        pytest.param(
            {"left": ["instance drill-1", "secret drill-1-url"]},
            "it left instance drill-1 and secret drill-1-url",
            "remove it: `muster reap production`",
            id="something is left",
        ),
    ],
)
def test_a_drill_fails_by_any_of_these(fields: dict[str, Any], what: str, remedy: str) -> None:
    found = verdict(report(**fields))
    assert found.verdict is Verdict.FAILED
    assert found.reasons[0].what == what
    assert remedy in found.reasons[0].remedy


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="all went well"),
        pytest.param({"database": NOT_KNOWN, "search": None, "metered": ()}, id="there is no heartbeat"),
        pytest.param({"search": NOT_KNOWN}, id="the heartbeat does not go through the application"),
        pytest.param({"kept": ["instance drill-1 until 14:00 UTC"]}, id="the target is kept on purpose"),
    ],
)
def test_a_drill_passes(fields: dict[str, Any]) -> None:
    assert verdict(report(**fields)) == verdict(report())
    assert judged(report(**fields)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("fields", "what", "remedy"),
    [
        pytest.param(
            {"promise": Promise(timedelta(seconds=57), timedelta(minutes=15))},
            "RTO 58 s of 57 s",
            "look at the longest phase, restore: 41 s",
            id="it took too long",
        ),
        pytest.param({"database": loss(901)}, "RPO 15 min 1 s of 15 min", "how old", id="it lost too much"),
        pytest.param({"search": loss(901)}, "RPO 15 min 1 s of 15 min", "how old", id="the index did"),
    ],
)
def test_an_objective_is_missed(fields: dict[str, Any], what: str, remedy: str) -> None:
    found = verdict(report(**fields))
    assert found.verdict is Verdict.MISSED
    assert found.reasons[0].what == what
    assert remedy in found.reasons[0].remedy


def test_just_within_the_objectives_is_a_pass() -> None:
    promise = Promise(timedelta(seconds=58), timedelta(seconds=3))
    assert verdict(report(promise=promise)).verdict is Verdict.PASSED


def test_what_failed_first_stands_first() -> None:
    found = verdict(
        report(
            checks=[check("a", NOT_RUN, "no login"), check("b", FAILED, "3 rows differ")],
            failure="smoke failed",
            left=["secret x"],
        )
    )
    assert [reason.what for reason in found.reasons] == [
        "`b` failed: 3 rows differ",
        "smoke failed",
        "`a` could not run: no login",
        "it left secret x",
    ]


@pytest.mark.parametrize(
    ("fields", "by"),
    [
        pytest.param({"checks": [check("indices", FAILED)]}, ["indices"], id="by a check"),
        pytest.param(
            {"checks": [check("restore", FAILED)], "failure": "the backup is noise"}, ["restore"],
            id="by the restore itself, as a check",
        ),
        pytest.param(
            {"defect": Defect.CONFIGURATION_DRIFT, "checks": [check("flags", FAILED, of_set=False)]},
            ["flags"], id="by a check that is not of the set",
        ),
        pytest.param(
            {"defect": Defect.STALE, "database": loss(86_400)}, ["objective of RPO"], id="stale, by its age"
        ),
    ],
)  # fmt: skip
def test_a_defect_that_is_caught_is_a_pass(fields: dict[str, Any], by: list[str]) -> None:
    drilled = report(**{"defect": Defect.MISSING_INDEX, **fields})
    assert verdict(drilled).verdict is Verdict.PASSED
    assert caught_by(drilled) == by


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="every check passed"),
        pytest.param({"checks": [check("indices", NOT_RUN)]}, id="the check that would could not run"),
        pytest.param({"database": loss(86_400)}, id="an objective was missed, of another defect"),
        pytest.param(
            {"checks": [check("indices", FAILED)], "left": ["secret x"]}, id="caught, and something left"
        ),
        pytest.param(
            {"checks": [check("isolation", FAILED).of_isolation]}, id="what failed is the isolation"
        ),
        pytest.param(
            {"checks": [check("indices", FAILED), check("isolation", FAILED).of_isolation]},
            id="caught, and not isolated",
        ),
    ],
)
def test_a_defect_that_is_not_caught_is_red(fields: dict[str, Any]) -> None:
    drilled = report(**{"defect": Defect.MISSING_INDEX, **fields})
    found = verdict(drilled)
    assert found.verdict is Verdict.FAILED
    if not caught_by(drilled):
        assert found.reasons[0].what.startswith("planted missing index: nothing caught it, of ")


def test_where_the_machinery_fails_the_defect_is_not_blamed_on_the_checks() -> None:
    drilled = report(defect=Defect.MISSING_INDEX, failure="quota exceeded", checks=[])
    found = verdict(drilled)
    assert found.verdict is Verdict.FAILED
    assert [reason.what for reason in found.reasons] == [
        "quota exceeded",
        "planted missing index: whether a check would catch it is not known",
    ]


@given(REPORTS)
def test_no_green_with_a_check_that_did_not_pass(drilled: DrillReport) -> None:
    found = verdict(drilled)
    assert bool(found.reasons) is (found.verdict is not Verdict.PASSED)
    if found.verdict is not Verdict.FAILED:
        assert not drilled.left
        if drilled.defect:
            assert caught_by(drilled)
        else:
            assert drilled.checks
            assert all(each.passed for each in drilled.checks)
            assert not drilled.failure
            assert "database" not in drilled.metered or not isinstance(drilled.database, Unmeasurable)
