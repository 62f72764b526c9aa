"""The page of a drill: whole by itself, made from its document, whatever that says."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.drill_check import Result
from domain.drill_document import document
from domain.drill_json import from_text, to_text
from domain.drill_page import drill_page
from domain.drill_report import DrillReport, Verdict
from domain.drill_verdict import judged
from domain.trend_chart import Point, trend_chart
from tests.domain.drills import NOON, REPORTS, beats, check, loss, report

VOID = {"meta", "br"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """Its tags, closed as they were opened, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(drilled: DrillReport, *before: DrillReport) -> Page:
    """Made from the JSON alone."""
    return Page(drill_page(from_text(to_text(document(judged(drilled), before)))))


def test_the_verdict_and_the_figures_are_its_first_line() -> None:
    told = page(report()).text
    body = told[told.index("restored") - 40 :]
    assert "passed restored 1.4 GB and 100,000 documents in 41 s; RTO 58 s of 1 h, RPO 3 s of 15 min" in body
    failed = page(report(checks=[check("indices", Result.FAILED, "documents is missing")])).text
    assert "failed indices failed: documents is missing; restored" in failed
    assert "First look here" in failed


def test_it_tells_all_that_there_is() -> None:
    drilled = report(
        checks=[check("rows", said="9 tables"), check("amcheck", Result.NOT_RUN, "no such extension")],
        database=loss(3, lost=beats(7, 8, 9), phantom=beats(11)),
        defect="",
        left=["secret x"],
        kept=["instance drill-1 until 14:00"],
        run_url="http://prefect/runs/1",
    )
    told = page(drilled, judged(report(id="earlier", started_at=NOON - timedelta(days=30)))).text
    for said in (
        "20261122-060000-aaaaaa, the newest, as a recovery would take it",
        "us-docker.pkg.dev/orders-prod/muster/orders@sha256:1234",
        "Checks: 1 of 2 checks passed", "9 tables", "could not run", "no such extension",
        "3 beats (epoch 1763812000: 7 to 9)", "1 beat (epoch 1763812000: 11), which is no loss",
        "no skew", "T5, 12:00:43", "41 s", "achieved RTO (T0 to T7): 58 s",
        "torn down: instance drill-1 and service drill-1", "left behind: secret x",
        "kept on purpose: instance drill-1 until 14:00", "1 of 2 drills passed",
        "Measured in the project orders-prod", "a sandbox's are a sandbox's", "http://prefect/runs/1",
        "objective 1 h", "objective 15 min", "earlier: 58 s, passed",
    ):  # fmt: skip
        assert said in told


def test_what_others_wrote_is_shown_and_not_obeyed() -> None:
    drilled = report(
        picked=EVIL, service=EVIL, who=EVIL, failure=EVIL, skew=EVIL, left=[EVIL], project=EVIL,
        image=EVIL, checks=[check(EVIL, Result.FAILED, EVIL)], id=EVIL, run_url=EVIL, environment=EVIL,
    )  # fmt: skip
    found = page(drilled)
    assert not {"script", "img"} & {tag for tag, _ in found.tags}
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert found.text.count("<script>alert(1)</script>") >= 10


def test_it_needs_nothing_but_itself() -> None:
    found = page(report())
    assert not any({"src", "href", "action"} & set(attributes) for _, attributes in found.tags)
    html = drill_page(document(judged(report()), []))
    assert "url(" not in html
    assert "@import" not in html
    policy = next(
        each for tag, each in found.tags if tag == "meta" and "content" in each and "http-equiv" in each
    )
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


@settings(max_examples=20)
@given(REPORTS, st.lists(REPORTS, max_size=2))
def test_any_drill_has_a_page(drilled: DrillReport, before: list[DrillReport]) -> None:
    page(drilled, *[judged(each) for each in before])


POINTS = st.lists(
    st.builds(
        Point,
        st.integers(0, 10**6).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
        st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
        st.sampled_from(Verdict),
        st.text(st.characters(categories=["L", "P"]), max_size=9),
    ),
    min_size=1,
    max_size=12,
).map(lambda points: sorted(points, key=lambda point: point.at))


@given(POINTS)
def test_every_drill_has_its_mark_within_the_chart(points: list[Point]) -> None:
    chart = fromstring(trend_chart("RTO", points))  # noqa: S314 - our own
    marks = [each for each in chart.iter() if each.get("class", "").startswith("mark ")]
    assert len(marks) == len(points)
    for mark, point in zip(marks, points, strict=True):
        assert (mark.tag == "path") is (point.verdict is Verdict.FAILED or point.achieved is None)
        places = [float(mark.get(side, 0)) for side in ("cx", "cy")]
        places = (
            places
            if mark.tag == "circle"
            else [float(n) for n in re.findall(r"[\d.-]+", mark.get("d", ""))[:2]]
        )
        assert 0 <= places[0] <= 340
        assert 0 <= places[1] <= 170


def height(points: list[Point], place: int) -> float:
    chart = fromstring(trend_chart("RTO", points))  # noqa: S314 - our own
    return float(list(chart.iter("circle"))[place].get("cy", 0))


@pytest.mark.parametrize("seconds", [1, 59, 3599])
def test_what_took_longer_stands_higher(seconds: int) -> None:
    def point(after: int) -> Point:
        return Point(NOON, timedelta(seconds=after), timedelta(hours=1), Verdict.PASSED, "x")

    points = [point(seconds), point(seconds * 2), point(36_000)]
    assert height(points, 0) > height(points, 1) > height(points, 2)


def test_the_page_of_a_drill_that_was_not_judged_says_so() -> None:
    drilled: Any = replace(report(), verdict=None)
    assert "under way" in Page(drill_page(document(drilled, []))).text
