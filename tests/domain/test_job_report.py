"""A job's report, out of lines that a log gives back in any order, or does not."""

import hashlib
import json
from contextlib import redirect_stdout
from io import StringIO
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.alembic_job import LINE, tell
from domain.job_report import assembled

REPORT = {
    "heads": ["0004"],
    "knows_current": True,
    "steps": [{"sql": "ALTER TABLE a\n  ADD b text; -- é 1/2"}],
}


def lines_of(report: dict[str, Any], parts: int) -> list[str]:
    """As the job prints it, in so many parts."""
    text = json.dumps(report)
    size = -(-len(text) // parts)
    cut = [text[start : start + size] for start in range(0, len(text), size)]
    digest = hashlib.sha256(text.encode()).hexdigest()
    numbered = [f"muster {number}/{len(cut)} {part}" for number, part in enumerate(cut, 1)]
    return [*numbered, f"muster end {len(cut)} {digest}"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_report_comes_together_in_any_order(order: tuple[int, ...]) -> None:
    lines = lines_of(REPORT, 3)
    assert assembled([lines[place] for place in order]) == REPORT


REPORTS = st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text()))
CHATTER = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["muster", "muster 1", "muster end", "muster end 2 beef", "INFO muster 1/2 x", "muster one/2 x"]
    ),
)


@given(report=REPORTS, parts=st.integers(1, 9), data=st.data())
def test_whatever_else_the_job_prints_and_however_often_a_line_comes(
    report: dict[str, Any], parts: int, data: st.DataObject
) -> None:
    lines = lines_of(report, parts)
    extra = data.draw(st.lists(st.one_of(CHATTER, st.sampled_from(lines)), max_size=5))
    assert assembled(data.draw(st.permutations([*lines, *extra]))) == report


@given(report=REPORTS, parts=st.integers(1, 9), data=st.data())
def test_a_report_with_a_line_missing_is_not_there_yet(
    report: dict[str, Any], parts: int, data: st.DataObject
) -> None:
    lines = lines_of(report, parts)
    lines.pop(data.draw(st.integers(0, len(lines) - 1)))
    assert assembled(lines) is None


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        pytest.param([], "nothing was printed", id="no line"),
        pytest.param(["Traceback (most recent call last):"], "it died", id="another's line"),
        pytest.param(lines_of(REPORT, 3)[:-1], "its end is missing", id="no end"),
        pytest.param(lines_of(REPORT, 3)[1:], "its beginning is missing", id="no beginning"),
        pytest.param(
            [line.replace("muster 2/3", "muster 7/3") for line in lines_of(REPORT, 3)],
            "a number was garbled",
            id="a garbled number",
        ),
    ],
)
def test_what_is_not_whole_is_waited_for(lines: list[str], why: str) -> None:
    assert assembled(lines) is None, why


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([line.replace("heads", "beads") for line in lines_of(REPORT, 3)], id="a letter changed"),
        pytest.param(
            [line.replace("muster 1/3", "muster 2/3") for line in lines_of(REPORT, 3)] + ["muster 1/3 x"],
            id="parts swapped",
        ),
        pytest.param([*lines_of(REPORT, 3)[:-1], "muster end 3 " + "0" * 64], id="another digest"),
        pytest.param(
            [*lines_of(REPORT, 3)[:-1], "muster end 2 " + "0" * 64], id="fewer lines than there are"
        ),
        pytest.param([*lines_of(REPORT, 3)[1:], "muster 1/3 "], id="an empty part"),
    ],
)
def test_what_is_garbled_is_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        assembled(lines)


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        pytest.param({"exit": 0, "output": ""}, 2, id="a short one"),
        pytest.param(
            {"exit": 1, "output": "\u2028é\x00\r\n" * LINE}, 24, id="a long one with line breaks of all kinds"
        ),
    ],
)
def test_what_the_job_prints_is_what_is_understood(report: dict[str, Any], lines: int) -> None:
    printed = StringIO()
    with redirect_stdout(printed):
        tell(report)
    found = printed.getvalue().splitlines()
    assert len(found) == lines
    assert all(len(line) < LINE + 30 for line in found)
    assert assembled(reversed(found)) == report
