"""A record as a page, and as rows of a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.migration import Step
from domain.record import Look, ReleaseRecord, Result, StepTime
from domain.report import markdown, rows
from domain.requests import Exposure

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORD = ReleaseRecord(
    "20261122-120000-0a1b2c",
    "deploy",
    "production",
    "ali",
    "v7",
    "ada",
    NOON,
    baseline="ali-1",
    canary="ali-2",
    result=Result.ROLLED_BACK,
    reason="it errs",
    ended_at=NOON + timedelta(seconds=125),
)
ROLLBACK = replace(RECORD, kind="rollback", ref="", baseline="ali-2", canary="ali-1", reason="")
LOOK = Look(NOON, 10, "fail", ("it errs", "a lot"), 1_340, 12, 12_060, 1, 1_234.5, 100.0)


ADD = Step("0004", "0003", "add a", "ALTER TABLE t ADD a text;\n", "ALTER TABLE t DROP a;\n")
LOOKS = Step("0005", "0004", "", None, None, "it asks for a connection")


def test_a_migration_is_shown_as_sql_there_and_back() -> None:
    page = markdown(replace(RECORD, migrations=[ADD, LOOKS]))
    assert "## Migration\n\n**0004**: add a\n\nforth:\n\n```sql\nALTER TABLE t ADD a text;\n```" in page
    assert "back:\n\n```sql\nALTER TABLE t DROP a;\n```" in page
    assert page.count("-- cannot be rendered: it asks for a connection") == 2


@pytest.mark.parametrize(
    ("record", "line"),
    [
        pytest.param(RECORD, "# ali: deploy v7 → production", id="its title"),
        pytest.param(RECORD, "**rolled back** to `ali-1`: it errs", id="how it ended"),
        pytest.param(RECORD, "| took | 2 min 5 s |", id="how long it took"),
        pytest.param(RECORD, "| baseline | ali-1 |", id="the baseline"),
        pytest.param(RECORD, "| canary | ali-2 |", id="the canary"),
        pytest.param(ROLLBACK, "# ali: rollback → production", id="a rollback's title"),
        pytest.param(
            ROLLBACK, "**rolled back**: all traffic on `ali-1`, none on `ali-2`", id="a rollback is a success"
        ),
        pytest.param(ROLLBACK, "| from | ali-2 |", id="what a rollback left"),
        pytest.param(ROLLBACK, "| to | ali-1 |", id="where a rollback went"),
        pytest.param(
            replace(RECORD, schema_before="0003", schema_after="0004"),
            "| schema | 0003 → 0004 |",
            id="a migration",
        ),
        pytest.param(
            replace(RECORD, schema_before="", schema_after="0004"),
            "| schema | nothing → 0004 |",
            id="a first migration",
        ),
        pytest.param(
            replace(RECORD, schema_before="0003", schema_after="0003"),
            "| schema | 0003 |",
            id="a schema that stayed",
        ),
        pytest.param(
            replace(RECORD, looks=[LOOK]),
            "| 10 % | fail | 12 of 1,340 | 1 of 12,060 | 1,234 |",
            id="a verdict's figures",
        ),
        pytest.param(replace(RECORD, looks=[LOOK]), "- 10 %: it errs; a lot", id="a verdict's reasons"),
        pytest.param(
            replace(RECORD, exposure={"ali-2": Exposure(9, 2, 4, 1)}),
            "ali-2 answered 9 requests of 4 users on trial; 1 user saw 2 errors",
            id="who met it",
        ),
        pytest.param(replace(RECORD, notes=["not smoked"]), "- not smoked", id="a note"),
        pytest.param(
            replace(RECORD, steps=[StepTime("build", NOON, 61.24)]), "| build | 61.2 s | done |", id="a step"
        ),
        pytest.param(
            replace(RECORD, steps=[StepTime("smoke", NOON, 1, "SmokeFailed")]),
            "| smoke | 1.0 s | SmokeFailed |",
            id="a step that failed",
        ),
        pytest.param(
            replace(RECORD, result=None, reason="", ended_at=None), "under way", id="a run under way"
        ),
    ],
)
def test_a_page_tells(record: ReleaseRecord, line: str) -> None:
    assert line in markdown(record).splitlines()


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("## Verdicts", id="no verdicts without looks"),
        pytest.param("![", id="no chart without looks"),
        pytest.param("## Steps", id="no table without steps"),
        pytest.param("## Notes", id="no list without notes"),
        pytest.param("schema", id="no schema without a database"),
        pytest.param("on trial", id="no exposure without a trial"),
    ],
)
def test_a_page_leaves_out_what_there_is_not(part: str) -> None:
    assert part not in markdown(RECORD)


def test_looks_without_a_verdict_are_drawn_but_not_listed() -> None:
    page = markdown(replace(RECORD, looks=[replace(LOOK, outcome="", reasons=())]))
    assert "![what the judge saw](data:image/svg+xml;base64," in page
    assert "## Verdicts" not in page


def test_what_an_application_answered_does_not_become_part_of_the_page() -> None:
    page = markdown(replace(RECORD, reason="500 where 200 is wanted: <script>x</script>"))
    assert "<script>" not in page


def test_rows_tell_of_each_step() -> None:
    record = replace(RECORD, steps=[StepTime("build", NOON, 61.2), StepTime("smoke", NOON, 1, "SmokeFailed")])
    assert rows(record) == [
        {"step": "build", "started": "2026-11-22T12:00:00.000+00:00", "seconds": 61.2, "ended": "done"},
        {"step": "smoke", "started": "2026-11-22T12:00:00.000+00:00", "seconds": 1, "ended": "SmokeFailed"},
    ]
