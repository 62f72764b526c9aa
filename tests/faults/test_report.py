"""The report and its table; and which cells a command is for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.cells import CELLS, select
from tests.faults.report import Report
from tests.faults.run import Outcome
from tests.faults.table import matrix, write

GIVE_ALL = "deploy / give all / killed after"
OUTCOME = Outcome(
    cell=GIVE_ALL, seed=1, at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), seconds=20.5, release="good", met=True,
    violations=(),
)  # fmt: skip
BAD = replace(OUTCOME, seed=2, violations=("a job is left", "a tag is left"))


def test_a_report_is_added_to_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "faults.jsonl"
    Report(file).add(OUTCOME)
    Report(file).add(BAD)
    assert [(line.cell, line.seed, line.violations) for line in Report(file).lines()] == [
        (GIVE_ALL, 1, ()),
        (GIVE_ALL, 2, BAD.violations),
    ]


def test_the_table_counts_runs_and_those_that_violated_something(tmp_path: Path) -> None:
    report = Report(tmp_path / "faults.jsonl")
    for outcome in (OUTCOME, BAD, replace(OUTCOME, seed=3, met=False)):
        report.add(outcome)
    text = matrix(report.lines())
    assert f"2 runs of 1 of {len(CELLS)} cells, 1 with violations; 2026-01-02 03:04 to" in text
    [row] = [line for line in text.splitlines() if line.startswith("| give all |")]
    heads = next(line for line in text.splitlines() if line.startswith("| deploy |"))
    column = heads.split(" | ").index("killed after")
    assert row.split(" | ")[column] == "2, **1**"
    assert f"- {GIVE_ALL}, seed 2, good: a job is left; a tag is left (not run since)" in text


def test_the_table_tells_how_a_cell_went_since_it_violated_something(tmp_path: Path) -> None:
    report = Report(tmp_path / "faults.jsonl")
    for day, outcome in enumerate((OUTCOME, BAD, replace(BAD, seed=3), replace(OUTCOME, seed=4))):
        report.add(replace(outcome, at=outcome.at + timedelta(days=day)))
    text = matrix(report.lines())
    assert "seed 2, good: a job is left; a tag is left (runs of it since: 2, with violations: 1)" in text
    assert "seed 3, good: a job is left; a tag is left (runs of it since: 1, with violations: 0)" in text


def test_the_table_has_its_place_on_a_page_and_can_be_written_again(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- the matrix -->\nold\n<!-- its end -->\nafter\n")
    write(page, [])
    once = page.read_text()
    write(page, [])
    assert page.read_text() == once
    assert once.startswith("before\n<!-- the matrix -->\n\nNo run yet.\n")
    assert once.endswith("<!-- its end -->\nafter\n")
    assert "old" not in once


def test_every_cell_has_a_name_of_its_own() -> None:
    assert len({cell.name for cell in CELLS}) == len(CELLS)


@pytest.mark.parametrize("shards", [2, 5])
def test_shards_are_all_cells_each_once(shards: int) -> None:
    found = [cell for number in range(1, shards + 1) for cell in select("killed", f"{number}/{shards}")]
    assert sorted(cell.name for cell in found) == sorted(cell.name for cell in select("killed"))
