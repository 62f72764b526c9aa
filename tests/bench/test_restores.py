"""The figures of restores, from drills and bare commands that are told beforehand how long they took."""

from datetime import UTC, datetime, timedelta

import pytest

from bench import restore_drill
from bench.bare_restore import Took
from bench.restore_drill import SMALL, restore_figures
from domain.drill_check import DrillCheck, Result
from domain.drill_report import RESTORE_DRILL, DrillReport, Promise
from domain.timeline import Moment, Timeline
from examples.demo.processes import NotReady

BEGAN = datetime(2026, 11, 22, 14, 15, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def drill(
    restore: float, end: float = 4.0, result: Result = Result.PASSED, served: float = 30
) -> DrillReport:
    """One that prepared for 2 s, restored for so long, and ended so long after its last check."""
    timeline = {
        Moment.LAST_GOOD: BEGAN,
        Moment.DECLARED: BEGAN,
        Moment.BEGUN: after(2),
        Moment.WRITABLE: after(2 + restore),
        Moment.REPOINTED: after(2 + restore + 5),
        Moment.CHECKED: after(100),
    }
    if served:
        timeline[Moment.SERVED] = after(served)
    return DrillReport(
        "1", RESTORE_DRILL, "e", "p", "s", "w", BEGAN, Promise(HOUR, HOUR),
        database_bytes=1_460_000_000,
        timeline=Timeline(timeline),
        checks=[DrillCheck("rows", result, "2 of 3", timedelta(0))],
        ended_at=after(100 + end),
    )  # fmt: skip


BARE = [Took(8, 3, 8.5, 0.4), Took(9, 3, 9.5, 0.5), Took(30, 3, 31, 0.6)]


@pytest.mark.parametrize(
    ("restores", "kept"),
    [
        pytest.param([9.0, 10.4, 60.0], True, id="within 1.1 times the bare commands, by the median"),
        pytest.param([9.0, 10.5, 60.0], False, id="beyond"),
    ],
)
def test_a_restore_is_held_against_the_bare_commands(restores: list[float], kept: bool) -> None:
    figure, *_ = restore_figures(BARE, [drill(each) for each in restores], {"pgBackRest's": 12.0}, SMALL)
    assert figure.name == "a drill's restore of 1.46 GB and 500 documents"
    assert figure.value == pytest.approx(sorted(restores)[1])
    assert figure.limit == pytest.approx(1.1 * 9.5)
    assert figure.kept is kept
    assert [peer.value for peer in figure.peers] == [9.5, 9, 3, 12.0]


def test_a_drill_is_told_by_its_phases_which_sum_to_the_rto_and_the_checks() -> None:
    _, rto, *_ = restore_figures(BARE, [drill(10), drill(10), drill(12)], {}, SMALL)
    assert rto.value == 30
    phases = {peer.name: peer.value for peer in rto.peers}
    assert phases["prepare"] == 2
    assert phases["restore"] == 10
    assert rto.limit == 3600


@pytest.mark.parametrize(("slowest", "kept"), [(10.0, True), (10.5, False)])
def test_the_slowest_end_counts(slowest: float, kept: bool) -> None:
    _, _, end, _ = restore_figures(BARE, [drill(9), drill(9, end=slowest), drill(9)], {}, SMALL)
    assert (end.value, end.kept) == (slowest, kept)


def test_a_check_that_did_not_pass_is_missed() -> None:
    *_, checks = restore_figures(BARE, [drill(9), drill(9, result=Result.NOT_RUN), drill(9)], {}, SMALL)
    assert (checks.value, checks.limit, checks.kept) == (2, 3, False)


def test_a_drill_that_did_not_serve_has_no_rto() -> None:
    made = restore_figures(BARE, [drill(9, served=0)], {}, SMALL)
    next(made)
    with pytest.raises(NotReady, match="was not measured"):
        next(made)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_way_is_measured_and_leaves_nothing() -> None:
    from bench.__main__ import opened  # noqa: PLC0415 - it imports all groups

    with opened(*restore_drill.SANDBOX) as cloud:
        restore, _, end, checks = restore_drill.measure(cloud, SMALL)
        project = cloud.endpoints["project"]
        instances = cloud.ask("GET", f"/v1/projects/{project}/instances")["items"]
    assert checks.kept
    assert all(peer.value > 0 for peer in (*restore.peers, *end.peers))
    assert [each["name"] for each in instances] == ["ali-db"]
