"""What is told of a run: one message, one page."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.record import StepTime
from domain.run_report import End, RunReport, message, page

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)


def report(**fields: object) -> RunReport:
    made = RunReport("7", "backup", "prod", "orders", "cron", AT, run_url="http://prefect/7")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_the_message_says_what_runs_where_and_how_far() -> None:
    said = message(report(status="begun", progress={"database": "310 MB, 12 s", "search": "3 of 5 shards"}))
    assert said.title == "orders: backup → prod"
    assert said.text.splitlines() == [
        ":hourglass_flowing_sand: begun",
        "database: 310 MB, 12 s",
        "search: 3 of 5 shards",
    ]
    assert said.links == (("Run", "http://prefect/7"),)
    with_evidence = message(report(evidence=[("Manifest", "http://vault/7.json")]))
    assert with_evidence.links == (("Run", "http://prefect/7"), ("Manifest", "http://vault/7.json"))
    assert said.run == "7"


@pytest.mark.parametrize(
    ("end", "sign"),
    [
        pytest.param(End.DONE, ":white_check_mark:", id="done"),
        pytest.param(End.FAILED, ":rotating_light:", id="an alarm"),
        pytest.param(End.REFUSED, ":no_entry:", id="refused"),
    ],
)
def test_at_its_end_the_parts_say_nothing_more(end: End, sign: str) -> None:
    said = message(report(status="it is over", end=end, progress={"database": "310 MB"}))
    assert said.text == f"{sign} it is over"


def test_the_page_begins_with_the_end() -> None:
    done = report(
        status="`7` is *complete*", end=End.DONE, ended_at=AT + timedelta(seconds=41),
        page="| a |", notes=["so"],
        steps=[StepTime("take parts", AT, 40.2), StepTime("close set", AT, 0.3, "Unavailable")],
    )  # fmt: skip
    lines = page(done).splitlines()
    assert lines[2] == "**done** after 41 s: `7` is **complete**"
    assert "| take parts | 40.2 s |  |" in lines
    assert "| close set | 0.3 s | Unavailable |" in lines
    assert lines.index("| a |") < lines.index("- so")
