"""The figures of drills, made of drills that are told beforehand how they end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bench.drills import Drill, measure
from domain.drill import Defect
from domain.drill_check import DrillCheck, Result
from domain.drill_report import RESTORE_DRILL, DrillReport, Promise

HOUR = timedelta(hours=1)


def report(result: Result | None, failure: str = "") -> DrillReport:
    checks = [DrillCheck("rows", result, "2 of 3", timedelta(0))] if result else []
    return DrillReport(
        "1", RESTORE_DRILL, "e", "p", "s", "w", datetime.now(UTC), Promise(HOUR, HOUR),
        checks=checks, failure=failure,
    )  # fmt: skip


def green() -> DrillReport:
    return report(Result.PASSED)


def red() -> DrillReport:
    return report(Result.FAILED)


def ended() -> DrillReport:
    return report(None, "the restore failed")


def drills(clean: Callable[[], DrillReport], planted: dict[Defect, list[DrillReport]]) -> Drill:
    """Drills that end so; with a defect in turn, and red where nothing is told."""
    turns = {defect: iter(reports) for defect, reports in planted.items()}
    return lambda defect: clean() if defect is None else next(turns.get(defect, iter([red()])))


@pytest.mark.parametrize(
    ("clean", "planted", "alarms", "caught", "notes"),
    [
        pytest.param(green, {}, 0, 12, ("", ""), id="no alarm, and all caught"),
        pytest.param(red, {}, 2, 12, ("rows: 2 of 3; rows: 2 of 3", ""), id="each alarm counts"),
        pytest.param(ended, {}, 2, 12, ("the restore failed; the restore failed", ""), id="or an early end"),
        pytest.param(
            green,
            {Defect.STALE: [red(), green()], Defect.PARTIAL: [ended(), ended()]},
            0,
            10,
            ("", "stale: 1 of 2; PARTIAL snapshot: 0 of 2"),
            id="one that was missed once, or by every check, is not caught",
        ),
    ],
)
def test_figures(
    clean: Callable[[], DrillReport],
    planted: dict[Defect, list[DrillReport]],
    alarms: int,
    caught: int,
    notes: tuple[str, str],
) -> None:
    false, found = measure(drills(clean, planted), clean=2, each=2)
    assert (false.value, found.value) == (alarms, caught)
    assert (false.kept, found.kept) == (alarms == 0, caught == 12)
    assert (false.note, found.note) == notes
