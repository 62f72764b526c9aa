"""The chart of a trial: a picture that any viewer can draw."""

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chart import HEIGHT, WIDTH, canary_chart
from domain.record import Look, ReleaseRecord

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def look(
    second: float = 0, percent: int = 10, outcome: str = "", e_value: float = 1, limit: float = 100
) -> Look:
    return Look(NOON + timedelta(seconds=second), percent, outcome, (), 1, 0, 9, 0, e_value, limit)


def drawn(*looks: Look, canary: str = "ali-2") -> Element:
    record = ReleaseRecord(
        "id", "deploy", "production", "ali", "v7", "ada", NOON, canary=canary, looks=list(looks)
    )
    kind, _, data = canary_chart(record).partition(",")
    assert kind == "data:image/svg+xml;base64"
    return fromstring(b64decode(data))  # noqa: S314 - our own


def texts(picture: Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


LOOKS = st.lists(
    st.builds(
        look,
        percent=st.integers(0, 100),
        outcome=st.sampled_from(["", "pass", "fail", "inconclusive"]),
        e_value=st.one_of(st.just(0.0), st.floats(1e-300, 1e300)),
        limit=st.floats(2, 1e9),
    ),
    min_size=1,
    max_size=8,
)


@given(looks=LOOKS, seconds=st.lists(st.floats(0, 1e5), min_size=8, max_size=8))
def test_whatever_was_seen_is_drawn_within_the_frame(looks: list[Look], seconds: list[float]) -> None:
    times = [NOON + timedelta(seconds=second) for second in sorted(seconds)]
    picture = drawn(*(replace(one, at=at) for one, at in zip(looks, times, strict=False)))
    points = [
        tuple(map(float, point.split(",")))
        for kind in ("polygon", "polyline")
        for shape in picture.iter(SVG + kind)
        for point in shape.attrib["points"].split()
    ]
    assert points
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def test_each_verdict_has_its_dot_and_its_word() -> None:
    picture = drawn(look(0), look(8, outcome="pass"), look(9, 50), look(12, 50, "fail", 400))
    assert len(list(picture.iter(f"{SVG}circle"))) == 2
    assert {"10 % pass", "50 % fail"} <= set(texts(picture))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        pytest.param(45, "45 s", id="seconds"),
        pytest.param(1_800, "30 min", id="half an hour"),
        pytest.param(0, "1 s", id="a single look"),
    ],
)
def test_the_axis_tells_how_long_it_took(seconds: float, said: str) -> None:
    assert said in texts(drawn(look(0), look(seconds)))


def test_more_evidence_stands_higher() -> None:
    picture = drawn(look(0, e_value=1), look(1, e_value=30), look(2, e_value=300))
    [line] = picture.iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights == sorted(heights, reverse=True)


def test_names_are_escaped() -> None:
    assert any("<ali> & co" in text for text in texts(drawn(look(), canary="<ali> & co")))
