"""The pure part of validating what a drill restored."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import search_drift, service_drift
from domain.database_marks import Marks, marks_in
from domain.document_counts import implausible
from domain.finding import Finding, found
from domain.invariants import is_right
from domain.manifest import Manifest, manifest_from_text
from domain.recovery_set import Kind, Part
from domain.settled_rows import NONE, SPANS, RowSum, difference, rows, settled_before
from domain.structure import differences, digest

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "given_", "right"),
    [
        pytest.param(0, 0, True, id="a number"),
        pytest.param(0, Decimal("0.00"), True, id="the same number, with digits"),
        pytest.param(0, 1, False, id="another number"),
        pytest.param(0, False, False, id="a number wanted, and a truth given"),
        pytest.param(1, True, False, id="one is not true"),
        pytest.param(True, True, True, id="true"),
        pytest.param(True, 1, False, id="true is not one"),
        pytest.param("b2", "b2", True, id="a text"),
        pytest.param("7", 7, True, id="a text that is a number"),
        pytest.param("None", None, False, id="nothing is no text"),
        pytest.param(0, None, False, id="nothing is not zero"),
    ],
)
def test_answers_are_compared_as_what_they_are(wanted: str | int | bool, given_: Any, right: bool) -> None:
    assert is_right(wanted, given_) is right


def test_a_finding_tells_the_first_few_faults() -> None:
    assert found([], "3 tables") == Finding(True, "3 tables")
    assert found(list("abcdefg"), "") == Finding(False, "a; b; c; d; e; and 2 more")


@pytest.mark.parametrize(
    ("noted", "restored", "later", "wrong"),
    [
        pytest.param(50, 60, False, [], id="a few more"),
        pytest.param(50, 0, False, ["a is empty, and 50 documents were noted"], id="empty"),
        pytest.param(50, 0, True, ["a is empty, and 50 documents were noted"], id="empty at a later cut"),
        pytest.param(0, 0, False, [], id="empty as noted"),
        pytest.param(100_000, 109_999, False, [], id="within a tenth"),
        pytest.param(
            100_000, 89_000, False, ["a has 89,000 documents, and 100,000 were noted"], id="too few"
        ),
        pytest.param(10, 1_011, False, ["a has 1,011 documents, and 10 were noted"], id="too many"),
        pytest.param(10, 1_000_000, True, [], id="many at a later cut"),
        pytest.param(10, None, False, ["a is closed, or not there"], id="missing"),
    ],
)
def test_counts_of_documents(noted: int, restored: int | None, later: bool, wrong: list[str]) -> None:
    there = {} if restored is None else {"a": restored}
    assert implausible({"a": noted}, there, later=later) == wrong


def test_marks_are_told_in_a_manifest_and_read_back() -> None:
    marks = Marks("7711277184844621617", 747, "f" * 64)
    part = Part(Kind.DATABASE, ("projects/p/backups/b",), NOW)
    manifest = Manifest("1", "e", "s", NOW, NOW, (part,), facts=marks.facts())
    assert marks_in(manifest_from_text(manifest.to_text()).facts) == marks
    assert marks_in({}) is None
    untold = Marks("", 747, "f")
    assert "database.system" not in untold.facts()
    assert marks_in(untold.facts()) == untold


def test_structures_are_compared_by_name() -> None:
    source = {"table a": "r", "column a.b": "text", "index i": "x"}
    restored = {"table a": "r", "column a.b": "int", "view v": "y"}
    assert differences(source, restored) == [
        "column a.b is int, and the source has text",
        "index i was not restored",
        "view v was restored, and the source has none",
    ]
    assert digest(source) == digest(dict(reversed(source.items())))
    assert digest(source) != digest(restored)


SUMS = st.dictionaries(
    st.integers(1, SPANS), st.builds(RowSum, st.integers(1, 99), st.integers(-(2**70), 2**70))
)
SPAN = settled_before(NOW, timedelta(minutes=5), timedelta(days=1))


def test_the_span_ends_before_what_may_still_change() -> None:
    assert SPAN.end == NOW - timedelta(minutes=5)
    assert SPAN.begin == SPAN.end - timedelta(days=1)
    assert SPAN.part(1).begin == SPAN.begin
    assert SPAN.part(SPANS).end == SPAN.end
    assert str(SPAN.part(24)) == "2026-11-23 07:55:00 to 2026-11-23 08:55:00 UTC"


@given(SUMS, SUMS)
def test_only_equal_sums_have_no_difference(source: dict[int, RowSum], restored: dict[int, RowSum]) -> None:
    assert bool(difference(SPAN, source, restored)) is (source != restored)


@given(SUMS, st.integers(1, SPANS), st.integers(-(2**63), 2**63 - 1).filter(bool))
def test_a_row_that_is_lost_or_changed_is_told_with_its_span(
    source: dict[int, RowSum], span: int, other: int
) -> None:
    was = source.get(span, NONE)
    lost = {**source, span: RowSum(was.rows + 1, was.hash)}
    said = difference(SPAN, lost, source)
    assert said.startswith(str(SPAN.part(span)))
    assert f"{was.rows:,} rows, and the source has {was.rows + 1:,}" in said
    assert rows(lost) == rows(source) + 1
    changed = {**source, span: RowSum(was.rows, was.hash + other)}
    assert "and other content" in difference(SPAN, changed, source)


def index(**over: Any) -> dict[str, Any]:
    return {
        "aliases": {"x": {}},
        "mappings": {"properties": {"n": {"type": "long"}}},
        "settings": {"s": "1"},
    } | over


NOTED: dict[str, Any] = {"indices": {"a": index()}, "index_templates": {"t": {"priority": 1}}}


@pytest.mark.parametrize(
    ("restored", "said"),
    [
        pytest.param(NOTED, [], id="the same"),
        pytest.param(
            {"indices": {"a": index(settings={"s": "2"})}, "index_templates": {"t": {"priority": 1}}},
            ["a: setting s is 2, and 1 was noted"],
            id="a setting",
        ),
        pytest.param(
            {
                "indices": {"a": index(settings={"s": "1", "index.number_of_replicas": "0"})},
                "index_templates": {"t": {"priority": 1}, "theirs": {}},
            },
            [],
            id="what is the cluster's own",
        ),
        pytest.param(
            {"indices": {"a": index(aliases={})}, "index_templates": {}},
            ["a: alias x is missing", "index template t is missing"],
            id="alias and template missing",
        ),
        pytest.param(
            {
                "indices": {
                    "a": index(mappings={"properties": {"n": {"type": "long"}, "m": {"type": "text"}}})
                },
                "index_templates": {"t": {"priority": 2}},
            },
            ["index template t is another"],
            id="a field that documents brought",
        ),
        pytest.param(
            {"indices": {"a": index(mappings={})}, "index_templates": {"t": {"priority": 1}}},
            ["a: mapping properties.n.type is missing"],
            id="a field missing",
        ),
    ],
)
def test_definitions_of_a_search(restored: dict[str, Any], said: list[str]) -> None:
    assert search_drift.drift(NOTED, restored, ["a"]) == said


def test_a_mapping_that_refuses_new_fields_has_none() -> None:
    noted = {"indices": {"a": index(mappings={"dynamic": "strict", "properties": {}})}}
    restored = {
        "indices": {"a": index(mappings={"dynamic": "strict", "properties": {"m": {"type": "text"}}})}
    }
    said = search_drift.drift(noted, restored, ["a"])
    assert "a: mapping properties.m.type was not noted" in said


def revision(image: str = "r/i@sha256:1", **over: Any) -> dict[str, Any]:
    container = {
        "image": image,
        "env": [{"name": "A", "value": "secret"}, {"name": "DATABASE_URL"}],
        "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
    }
    return {"containers": [container | over]}


@pytest.mark.parametrize(
    ("restored", "variables", "limits", "said"),
    [
        pytest.param(revision(), {}, {}, [], id="the same"),
        pytest.param(
            revision("r/i@sha256:2"),
            {},
            {},
            ["its image is r/i@sha256:2, and the set names r/i@sha256:1"],
            id="another image",
        ),
        pytest.param(
            revision(env=[{"name": "B"}]),
            {},
            {},
            ["variable A is missing", "variable DATABASE_URL is missing", "variable B was not noted"],
            id="other variables",
        ),
        pytest.param(
            revision(env=[{"name": "B"}, {"name": "DATABASE_URL"}]),
            {"A": None, "B": "x", "DATABASE_URL": "drill"},
            {},
            [],
            id="variables of the environment's file",
        ),
        pytest.param(
            revision(resources={"limits": {"cpu": "2"}}),
            {},
            {"cpu": "2"},
            ["limit memory is none, and it was 512Mi"],
            id="limits",
        ),
        pytest.param(revision(command=["sh"]), {}, {}, ["its command is another"], id="another command"),
    ],
)
def test_drift_of_a_service_tells_names_and_no_values(
    restored: dict[str, Any], variables: dict[str, str | None], limits: dict[str, str], said: list[str]
) -> None:
    found_ = service_drift.drift(
        revision(), restored, image="r/i@sha256:1", variables=variables, limits=limits
    )
    assert found_ == said
    assert "secret" not in str(found_)
