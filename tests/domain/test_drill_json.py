"""The document of a drill: one canonical form, and back, whatever it says."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drill_document import SHOWN, document
from domain.drill_json import from_text, to_text
from domain.drill_report import DrillReport, Verdict
from domain.drill_verdict import judged
from domain.refusal import Refused
from domain.strict_json import canonical
from tests.domain.drills import NOON, REPORTS, SECOND, beats, loss, report

TEXT = to_text(document(judged(report()), []))


@given(REPORTS, st.lists(REPORTS, max_size=3), st.lists(st.text(max_size=9), max_size=2))
def test_it_is_read_as_it_was_written(
    drilled: DrillReport, before: list[DrillReport], unread: list[str]
) -> None:
    made = document(judged(drilled), before, unread)
    assert from_text(to_text(made)) == made


def changed(**over: Any) -> str:
    return canonical({**json.loads(TEXT), **over})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(TEXT + " ", "in another form than the canonical one", id="a space more"),
        pytest.param(TEXT[:-40], "it is not JSON", id="cut off"),
        pytest.param(changed(version=2), "its version, 2, is unknown here", id="of a later version"),
        pytest.param(changed(more=1), "report has 'more', which is unknown", id="something unknown"),
        pytest.param(changed(first_line=3), "first_line is no text", id="no text"),
        pytest.param("[]", "report is no object", id="no object"),
        pytest.param(
            canonical(
                {
                    **json.loads(TEXT),
                    "report": {
                        **json.loads(TEXT)["report"],
                        "database": {
                            **json.loads(TEXT)["report"]["database"],
                            "lost": [[1, 0, 10**12]],
                        },
                    },
                }
            ),
            "beats, which cannot be",
            id="more beats than there are",
        ),
        pytest.param(
            canonical({**json.loads(TEXT), "report": {**json.loads(TEXT)["report"], "database": None}}),
            "report.database is null",
            id="neither a loss nor a reason",
        ),
    ],
)
def test_anything_else_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        from_text(text, "gs://v/drills/e/1.json")
    assert why in str(refused.value)
    assert "1.json.sha256" in str(refused.value)


def test_an_hour_of_lost_beats_is_one_range() -> None:
    drilled = judged(report(database=loss(3600, lost=beats(*range(1000, 4600)))))
    kept = to_text(document(drilled, []))
    assert json.loads(kept)["report"]["database"]["lost"] == [[1_763_812_000, 1000, 4599]]


def test_the_trend_is_of_comparable_drills_the_oldest_first() -> None:
    def past(number: int, **fields: Any) -> DrillReport:
        at = NOON - number * 86_400 * SECOND
        return replace(judged(report(id=f"drill {number}", started_at=at)), **fields)

    before = [past(1), past(3), past(2, defect="stale"), past(4, kind="DR drill"), past(5, verdict=None)]
    made = document(judged(report()), before, ["4.json: it was altered"])
    assert [each.id for each in made.trend] == ["drill 3", "drill 1", report().id]
    assert made.unread == ("4.json: it was altered",)
    planted = document(judged(report(defect="stale")), before)
    assert [each.id for each in planted.trend] == ["drill 3", "drill 1"], "its own figures mean nothing"
    many = document(judged(report()), [past(number) for number in range(1, 200)])
    assert len(many.trend) == SHOWN
    assert many.trend[-1].id == report().id
    assert many.confidence.startswith("200 of 200 drills passed"), "which counts all that were read"


def test_the_trend_holds_a_drill_once_although_it_is_written_again() -> None:
    own = judged(report())
    assert len(document(own, [own]).trend) == 1
    assert document(own, [own]).trend[0].verdict is Verdict.PASSED
