"""What is said of a drill: its first line, its word in Slack, its page in Markdown."""

from typing import Any

import pytest
from hypothesis import given, settings

from domain.drill_check import Result
from domain.drill_document import document
from domain.drill_markdown import drill_markdown
from domain.drill_report import DrillReport
from domain.drill_verdict import judged
from domain.drill_words import first_line, look_first, slack_text
from domain.loss import Unmeasurable
from tests.domain.drills import REPORTS, beats, check, loss, report, timeline

WELL = (
    "restored 1.4 GB and 100,000 documents in 41 s; RTO 58 s of 1 h, RPO 3 s of 15 min; "
    "14 of 14 checks passed"
)
MISSING = check("indices", Result.FAILED, "documents is missing")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({}, WELL, id="passed"),
        pytest.param(
            {"database": loss(1200)},
            "objective missed: RPO 20 min of 15 min; restored 1.4 GB and 100,000 documents in 41 s; "
            "RTO 58 s of 1 h, RPO 20 min of 15 min; 14 of 14 checks passed",
            id="too much lost",
        ),
        pytest.param(
            {"checks": [check("rows"), MISSING], "left": ["secret x"]},
            "failed: `indices` failed: documents is missing (and 1 more reason); restored 1.4 GB and 100,000 "
            "documents in 41 s; RTO 58 s of 1 h, RPO 3 s of 15 min; 1 of 2 checks passed",
            id="a check failed",
        ),
        pytest.param(
            {
                "failure": "quota exceeded",
                "checks": [],
                "timeline": timeline(T0=0, T2=1),
                "database": Unmeasurable("nothing was restored"),
                "search": None,
            },
            "failed: quota exceeded; nothing was restored; RTO not measured of 1 h, RPO not measured of "
            "15 min; 0 of 0 checks passed",
            id="ended early",
        ),
        pytest.param(
            {"defect": "missing index", "checks": [MISSING, check("rows")]},
            "planted missing index: caught by `indices`; restored 1.4 GB and 100,000 documents in 41 s",
            id="a defect was caught",
        ),
        pytest.param(
            {"defect": "missing index"},
            f"failed: planted missing index: nothing caught it, of 14 checks; {WELL}",
            id="a defect was not caught",
        ),
        pytest.param(
            {"database_bytes": None, "documents": 1},
            WELL.replace("1.4 GB and 100,000 documents", "1 document"), id="no database",
        ),
        pytest.param(
            {"database_bytes": None, "documents": None},
            WELL.replace("1.4 GB and 100,000 documents", "the service"), id="neither",
        ),
    ],
)  # fmt: skip
def test_the_first_line(fields: dict[str, Any], said: str) -> None:
    assert first_line(judged(report(**fields))) == said


def test_slack_hears_the_verdict_the_set_and_the_phases() -> None:
    assert slack_text(judged(report())).split("\n") == [
        f"*passed*: {WELL}",
        "`20261122-060000-aaaaaa`, the newest, as a recovery would take it; taken 6 h ago, checked",
        "decide 0.5 s, prepare 1.5 s, restore 41 s, re-point 5 s, serve 10 s, check 13 s",
    ]


def test_slack_hears_what_to_do_first_about_a_drill_that_failed() -> None:
    drilled = judged(report(checks=[MISSING]))
    lines = slack_text(drilled).split("\n")
    assert lines[0].startswith("*failed*: `indices` failed: documents is missing; restored ")
    assert lines[1] == f"*First*: {look_first(drilled)}"
    assert "muster verify production 20261122-060000-aaaaaa" in lines[1]


def test_the_page_in_markdown_tells_all_of_it() -> None:
    drilled = judged(
        report(
            checks=[check("rows", said="a|b\nc <d>"), MISSING],
            database=loss(3, lost=beats(7, 8, 9), phantom=beats(11)),
            kept=["instance drill-1 until 14:00"],
            left=["secret x"],
        )
    )
    page = drill_markdown(document(drilled, [judged(report(id="1"))]))
    for said in (
        "**failed**: `indices` failed: documents is missing (and 1 more reason); restored",
        "- it left secret x: remove it: `muster reap production`",
        "| rows | passed | 1.5 s | a\\|b c &lt;d> |",
        "| restore | 41 s | `████████████` ",
        "- database: RPO 3 s; lost 3 beats (epoch 1763812000: 7 to 9); phantom 1 beat (epoch 1763812000: 11)",
        "1 of 2 drills passed: with 95 % confidence at least 2 % of restores would",
        "- **left behind**: secret x",
        "- kept: instance drill-1 until 14:00",
        "Measured in the project orders-prod: a sandbox's figures are a sandbox's.",
    ):
        assert said in page


@settings(max_examples=30)
@given(REPORTS)
def test_something_can_be_said_of_any_drill(drilled: DrillReport) -> None:
    assert first_line(judged(drilled))
    assert slack_text(judged(drilled))
    assert drill_markdown(document(judged(drilled), []))
    assert first_line(drilled)
