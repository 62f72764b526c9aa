"""Smoke checks: what is asked, what is wrong with the answer, what is remembered for the next."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.smoke import Answer, Check, faults, filled, names_used, remembered

DOCUMENTS = {
    "items": [{"id": 7, "title": "a"}, {"id": 8, "title": "b"}],
    "total": 2,
    "ready": True,
    "next": None,
}


def check(**parts: Any) -> Check:
    return Check(**{"name": "read", "path": "/documents", **parts})


def answer(content: Any = DOCUMENTS, *, status: int = 200, seconds: float = 0.1) -> Answer:
    text = content if isinstance(content, str) else json.dumps(content)
    return Answer(status, text, timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        pytest.param({}, [], id="nothing but the status is wanted"),
        pytest.param({"total": 2}, [], id="a number"),
        pytest.param({"ready": True}, [], id="a truth"),
        pytest.param({"next": None}, [], id="nothing, said in so many words"),
        pytest.param({"items.1.id": 8}, [], id="an element by its place"),
        pytest.param({"items.*.title": "b"}, [], id="any element"),
        pytest.param({"items.0": {"id": 7, "title": "a"}}, [], id="a whole object"),
        pytest.param({"total": "2"}, ['total is 2 where "2" is wanted'], id="a number is not a text"),
        pytest.param(
            {"items.2.id": 9}, ["items.2.id is not there where 9 is wanted"], id="past the last element"
        ),
        pytest.param(
            {"items.-1.id": 8}, ["items.-1.id is not there where 8 is wanted"], id="places count forward"
        ),
        pytest.param({"items.*.id": 9}, ["items.*.id is 7, 8 where 9 is wanted"], id="no element has it"),
        pytest.param(
            {"items.*.name": "a"}, ['items.*.name is not there where "a" is wanted'], id="no element has such"
        ),
        pytest.param({"ready.since": 1}, ["ready.since is not there where 1 is wanted"], id="past a value"),
        pytest.param(
            {"ready": False, "total": 3},
            ["ready is true where false is wanted", "total is 2 where 3 is wanted"],
            id="everything that is wrong is said",
        ),
    ],
)
def test_an_answer_is_compared_at_the_paths_named(expect: dict[str, Any], wrong: list[str]) -> None:
    assert faults(check(expect=expect), answer()) == [f"GET /documents: {fault}" for fault in wrong]


@pytest.mark.parametrize(
    ("content", "expect", "wrong"),
    [
        pytest.param([{"id": 7}], {"*.id": 7}, [], id="a list of elements"),
        pytest.param([], {"*.id": 7}, ["*.id is not there where 7 is wanted"], id="an empty list"),
        pytest.param({"*": 7}, {"*": 7}, [], id="a star that is a key"),
        pytest.param("<html>", {"id": 7}, ["the answer is not JSON: <html>"], id="a page"),
        pytest.param("", {"id": 7}, ["the answer is not JSON: (empty)"], id="no text"),
        pytest.param([[{"id": 7}], [{"id": 8}]], {"*.*.id": 8}, [], id="stars within stars"),
    ],
)
def test_answers_of_other_shapes(content: Any, expect: dict[str, Any], wrong: list[str]) -> None:
    assert faults(check(expect=expect), answer(content)) == [f"GET /documents: {fault}" for fault in wrong]


@pytest.mark.parametrize(
    ("given_", "wrong"),
    [
        pytest.param(answer(), [], id="as wanted"),
        pytest.param(answer("sorry", status=503), ["503 where 200 is wanted: sorry"], id="another status"),
        pytest.param(
            answer("", status=500), ["500 where 200 is wanted: (empty)"], id="another status and no text"
        ),
        pytest.param(
            answer("a  \n b", status=404),
            ["404 where 200 is wanted: a b"],
            id="a text of lines is said in one",
        ),
        pytest.param(
            answer("x" * 500, status=500),
            [f"500 where 200 is wanted: {'x' * 157}..."],
            id="a long text is cut",
        ),
        pytest.param(
            answer("no answer (timed out)", status=0, seconds=10),
            ["no answer (timed out)"],
            id="no answer at all",
        ),
        pytest.param(answer(seconds=5), [], id="just in time"),
        pytest.param(
            answer(seconds=5.04), ["answered after 5.04 s, the limit is 5 s"], id="a moment too late"
        ),
        pytest.param(
            answer("sorry", status=503, seconds=6),
            ["503 where 200 is wanted: sorry", "answered after 6.00 s, the limit is 5 s"],
            id="wrong and late",
        ),
    ],
)
def test_an_answer_is_wanted_with_its_status_and_in_time(given_: Answer, wrong: list[str]) -> None:
    assert faults(check(), given_) == [f"GET /documents: {fault}" for fault in wrong]


def test_a_status_that_is_not_200_may_be_the_one_wanted() -> None:
    assert faults(check(method="POST", status=201, expect={"total": 2}), answer(status=201)) == []


def test_a_long_list_does_not_drown_the_rest() -> None:
    [fault] = faults(check(expect={"*": -1}), answer(list(range(1_000))))
    assert len(fault) < 250
    assert fault.endswith("... where -1 is wanted")


MEMORY = {"id": 7, "unique": "muster-0a1b", "odd": "{unique}"}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        pytest.param(check(path="/documents/{id}"), check(path="/documents/7"), id="in the path"),
        pytest.param(
            check(body={"title": "smoke {unique}"}),
            check(body={"title": "smoke muster-0a1b"}),
            id="within a text",
        ),
        pytest.param(check(body={"parent": "{id}"}), check(body={"parent": 7}), id="numbers stay numbers"),
        pytest.param(check(body=["{id}", {"a": ["{id}"]}]), check(body=[7, {"a": [7]}]), id="however deep"),
        pytest.param(check(expect={"*.id": "{id}"}), check(expect={"*.id": 7}), id="in what is wanted"),
        pytest.param(check(body={"{id}": 1}), check(body={"{id}": 1}), id="keys are left alone"),
        pytest.param(check(body="{ id } {}"), check(body="{ id } {}"), id="other braces are left alone"),
        pytest.param(
            check(body="{odd}"), check(body="{unique}"), id="what was filled in is not filled again"
        ),
        pytest.param(check(body={"n": 1, "b": None}), check(body={"n": 1, "b": None}), id="nothing to fill"),
    ],
)
def test_names_in_braces_are_filled(asked: Check, sent: Check) -> None:
    found = filled(asked, MEMORY)
    assert found == sent
    assert json.dumps(found.body) == json.dumps(sent.body)


def test_a_name_that_nobody_remembers_is_an_error() -> None:
    with pytest.raises(KeyError, match="nobody"):
        filled(check(path="/documents/{nobody}"), MEMORY)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        pytest.param(check(), set(), id="none"),
        pytest.param(
            check(path="/{a}", body={"x": ["{b} and {c}"]}, expect={"id": "{d}"}),
            {"a", "b", "c", "d"},
            id="everywhere",
        ),
        pytest.param(check(body="{schlüssel}"), {"schlüssel"}, id="in any letters"),
        pytest.param(check(body={"a": {"b": 1}}, expect={"*.id": 1}), set(), id="braces of JSON are none"),
        pytest.param(check(remember={"id": "id"}), set(), id="what it remembers it does not need"),
    ],
)
def test_the_names_a_check_needs_are_known_beforehand(asked: Check, names: set[str]) -> None:
    assert names_used(asked) == names


BODIES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text("ab{} ", max_size=8), st.just("{id}")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(body=BODIES)
def test_a_check_that_has_all_the_names_it_needs_can_be_filled(body: Any) -> None:
    asked = check(body=body)
    memory = dict.fromkeys(names_used(asked), 7)
    left = names_used(filled(asked, memory))
    assert left.isdisjoint(names_used(asked)), "but {{a}} may become {7}"


@pytest.mark.parametrize(
    ("remember", "memory"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"id": "items.1.id"}, {"id": 8}, id="a number stays a number"),
        pytest.param({"any": "items.*.id"}, {"any": 7}, id="the first of several"),
        pytest.param({"next": "next"}, {"next": None}, id="nothing, said in so many words"),
        pytest.param({"a": "total", "b": "ready"}, {"a": 2, "b": True}, id="several"),
    ],
)
def test_parts_of_an_answer_are_remembered(remember: dict[str, str], memory: dict[str, Any]) -> None:
    assert remembered(check(remember=remember), answer()) == memory


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{}", "GET /documents: nothing at id in {}", id="it is not in it"),
        pytest.param("<html>", "GET /documents: the answer is not JSON: <html>", id="a page"),
    ],
)
def test_what_cannot_be_remembered_is_an_error(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="GET /documents") as raised:
        remembered(check(remember={"id": "id"}), answer(text))
    assert str(raised.value) == said


def test_a_page_is_fine_where_nothing_of_it_is_wanted() -> None:
    assert faults(check(), answer("<html>")) == []
    assert remembered(check(), answer("<html>")) == {}
