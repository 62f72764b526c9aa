"""The figures of failovers, and the outage as a user of the bench's own sees it."""

from datetime import UTC, datetime, timedelta

import pytest

from bench import failover
from bench.failover import SMALL, Seen, failover_figures
from bench.outage import Write, outage, reach
from domain.drill_check import DrillCheck, Result
from domain.drill_report import RECOVERY, DrillReport, Promise
from domain.loss import Beat, Loss, Unmeasurable
from domain.timeline import Moment, Timeline
from examples.demo.processes import NotReady

LOST = datetime(2026, 11, 22, 14, 15, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(seconds: float) -> datetime:
    """So long after the loss."""
    return LOST + timedelta(seconds=seconds)


def writes(*seconds: float) -> list[Write]:
    return [Write(at(each), f"of {each}") for each in seconds]


@pytest.mark.parametrize(
    ("acknowledged", "seconds"),
    [
        pytest.param(writes(-2, -1, 7, 8), 8, id="from the last before to the first after"),
        pytest.param(writes(-2, -1, 0.01, 7), 6.99, id="one answer was on its way at the loss"),
        pytest.param(writes(-30, -1, 7, 8), 8, id="an earlier pause is none of it"),
        pytest.param(writes(-2, -1, 7, 8, 30), 8, id="nor is a later one"),
    ],
)
def test_an_outage_is_the_pause_about_the_loss(acknowledged: list[Write], seconds: float) -> None:
    assert outage(acknowledged, LOST) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "acknowledged",
    [
        pytest.param(writes(-2, -1), id="none came after"),
        pytest.param(writes(1, 2), id="none came before"),
        pytest.param([], id="none at all"),
    ],
)
def test_an_outage_that_is_not_over_is_no_figure(acknowledged: list[Write]) -> None:
    with pytest.raises(ValueError, match="both sides"):
        outage(acknowledged, LOST)


@pytest.mark.parametrize(
    ("lost", "seconds"),
    [
        pytest.param([], 0.5, id="nothing is lost: since the last one that was taken"),
        pytest.param([-0.5], 1, id="the last is lost"),
        pytest.param([-2, -0.5], 3, id="one in the middle is lost: what came after it does not count"),
    ],
)
def test_what_is_there_reaches_to_the_first_that_is_lost(lost: list[float], seconds: float) -> None:
    acknowledged = writes(-3, -2, -1, -0.5, 6)
    gone = [each for each in acknowledged if each in writes(*lost)]
    assert reach(acknowledged, gone, LOST) == pytest.approx(seconds)


def test_where_all_is_lost_there_is_no_reach() -> None:
    with pytest.raises(ValueError, match="none of the writes"):
        reach(writes(-2, -1), writes(-2, -1), LOST)


def recovery(database: Loss | Unmeasurable, result: Result = Result.PASSED) -> DrillReport:
    moments = {Moment.LAST_GOOD: LOST, Moment.BEGUN: at(3), Moment.WRITABLE: at(5), Moment.SERVED: at(12)}
    return DrillReport(
        "1", RECOVERY, "e", "p", "s", "w", LOST, Promise(HOUR, HOUR),
        timeline=Timeline(moments),
        database=database,
        checks=[DrillCheck("rows", result, "2 of 3", timedelta(0))],
        ended_at=at(20),
    )  # fmt: skip


def loss(seconds: float, *lost: int) -> Loss:
    beats = tuple(Beat(1, number) for number in lost)
    return Loss(timedelta(seconds=seconds), Beat(1, 1), LOST, beats, ())


def test_the_median_time_and_the_worst_loss() -> None:
    reports = [recovery(loss(0.4)), recovery(loss(2.5, 2, 3)), recovery(loss(0.2))]
    seen = Seen(reports, [1, 2, 3], [11, 12, 13], [0.1, 2, 0.1], written=300, lost=4)
    rto, rpo, checks = failover_figures(seen, 900, 2)
    assert (rto.value, rto.limit, rto.kept) == (12, 900, True)
    assert [peer.value for peer in rto.peers][-2:] == [2, 12]
    assert sum(peer.value for peer in rto.peers[:-2]) == rto.value, "the phases sum to it"
    assert (rpo.value, rpo.limit, rpo.kept) == (2.5, 2, False)
    assert "2 beats lost" in rpo.note
    assert "4 are gone" in rpo.note
    assert (checks.value, checks.kept) == (3, True)


def test_a_loss_that_was_not_measured_is_no_figure() -> None:
    made = failover_figures(Seen([recovery(Unmeasurable("no heartbeat"))], [1], [1], [1]), 900, 300)
    next(made)
    with pytest.raises(NotReady, match="RPO was not measured"):
        next(made)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_primary_is_lost_and_measured() -> None:
    from bench.__main__ import opened  # noqa: PLC0415 - it imports all groups

    with opened(*failover.SANDBOX) as cloud:
        rto, rpo, checks = failover.measure(cloud, SMALL)
    assert checks.kept
    at_once = {"detect", "decide", "prepare"}  # phases that a promotion may have no need of
    assert all(peer.value > 0 for peer in rto.peers if peer.name not in at_once)
    [seen] = [peer.value for peer in rto.peers if "user" in peer.name]
    assert rto.value > seen - 2, "the meter does not tell less than a user waited"
    assert rpo.kept
