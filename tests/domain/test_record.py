"""The record: what goes into the vault comes out of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canary import Arm, Observation, Outcome, Policy, Verdict
from domain.evidence import Evidence
from domain.migration import Step
from domain.record import EXIT_CODES, Look, ReleaseRecord, Result, StepTime, record_from_json
from domain.requests import Exposure

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORD = ReleaseRecord("20261122-120000-0a1b2c", "deploy", "production", "ali", "v7", "ada", NOON)

TEXTS = st.text(max_size=8)
COUNTS = st.integers(0, 10**9)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
SECONDS = st.floats(0, 1e6)
LOOKS = st.builds(
    Look,
    at=INSTANTS,
    percent=st.integers(0, 100),
    outcome=st.sampled_from(["", *Outcome]),
    reasons=st.lists(TEXTS, max_size=2).map(tuple),
    canary_requests=COUNTS,
    canary_errors=COUNTS,
    baseline_requests=COUNTS,
    baseline_errors=COUNTS,
    e_value=st.floats(0, 1e300),
    limit=st.floats(2, 1e6),
)
RECORDS = st.builds(
    ReleaseRecord,
    **dict.fromkeys(
        ("id", "kind", "environment", "service", "ref", "who", "image", "canary", "reason"), TEXTS
    ),
    started_at=INSTANTS,
    ended_at=st.one_of(st.none(), INSTANTS),
    result=st.one_of(st.none(), st.sampled_from(Result)),
    migrations=st.lists(
        st.builds(Step, TEXTS, TEXTS, TEXTS, st.none() | TEXTS, st.none() | TEXTS), max_size=2
    ),
    notes=st.lists(TEXTS, max_size=2),
    steps=st.lists(st.builds(StepTime, TEXTS, INSTANTS, SECONDS, TEXTS), max_size=2),
    looks=st.lists(LOOKS, max_size=2),
    exposure=st.dictionaries(TEXTS, st.builds(Exposure, COUNTS, COUNTS, COUNTS, COUNTS), max_size=2),
)


@given(record=RECORDS)
def test_a_record_survives_the_vault(record: ReleaseRecord) -> None:
    assert record_from_json(json.loads(json.dumps(record.to_json()))) == record


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param({}, id="an empty object"),
        pytest.param({"id": "x", "kind": "deploy"}, id="the beginning of one"),
        pytest.param({**RECORD.to_json(), "result": "sideways"}, id="a result that there is not"),
        pytest.param({**RECORD.to_json(), "started_at": "noon"}, id="an instant that is none"),
        pytest.param({**RECORD.to_json(), "color": "red"}, id="a key that there is not"),
        pytest.param(
            {key: value for key, value in RECORD.to_json().items() if key != "who"}, id="a key too few"
        ),
    ],
)
def test_what_is_no_record_is_not_read_as_one(kept: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        record_from_json(kept)


@pytest.mark.parametrize(
    "older",
    [
        pytest.param("notes", id="without notes"),
        pytest.param("migrations", id="without the migrations' SQL"),
        pytest.param("record_url", id="without its address"),
    ],
)
def test_a_record_from_before_a_key_was_there_is_still_read(older: str) -> None:
    kept = RECORD.to_json()
    del kept[older]
    assert record_from_json(kept) == RECORD


@pytest.mark.parametrize(
    ("record", "holder"),
    [
        pytest.param(RECORD, "deploy v7 (20261122-120000-0a1b2c, by ada)", id="a deploy"),
        pytest.param(
            replace(RECORD, kind="rollback", ref=""),
            "rollback (20261122-120000-0a1b2c, by ada)",
            id="without a name",
        ),
    ],
)
def test_a_run_is_named_where_it_holds_the_lease(record: ReleaseRecord, holder: str) -> None:
    assert record.holder == holder


@pytest.mark.parametrize(
    ("ended_at", "took"),
    [
        pytest.param(None, timedelta(0), id="under way"),
        pytest.param(NOON + timedelta(minutes=3), timedelta(minutes=3), id="ended"),
    ],
)
def test_a_record_tells_how_long_it_took(ended_at: datetime | None, took: timedelta) -> None:
    assert replace(RECORD, ended_at=ended_at).took == took


def look(verdict: Verdict | None) -> Look:
    seen = Observation(10, Arm(20, 4), Arm(180, 1), Evidence(settled={10: (4, 1)}), hold_over=False)
    return Look.of(NOON, Policy(alpha=0.01), seen, verdict)


def test_a_look_holds_what_the_verdict_rests_on() -> None:
    found = look(Verdict(Outcome.FAIL, ("it errs",)))
    assert (found.outcome, found.reasons) == ("fail", ("it errs",))
    assert (found.canary_errors, found.canary_requests) == (4, 20)
    assert (found.baseline_errors, found.baseline_requests) == (1, 180)
    assert found.e_value >= found.limit == 100


def test_only_looks_that_ended_in_a_verdict_are_verdicts() -> None:
    passed = look(Verdict(Outcome.PASS, ("fine",)))
    assert replace(RECORD, looks=[look(None), passed, look(None)]).verdicts == [passed]


def test_every_result_has_an_exit_code() -> None:
    assert EXIT_CODES.keys() == set(Result)
    assert {result for result, code in EXIT_CODES.items() if code == 0} == {Result.PROMOTED, Result.UNCHANGED}
