"""The e-process: what it counts, what it may never do, and how soon it tells."""

import json
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence import CELL, LATEST_NEWS, Evidence
from domain.requests import Request

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CANARY, BASELINE = "a-2", "a-1"
ALPHA = 0.01


def error(second: float, revision: str = CANARY, client: str = "192.0.2.1") -> Request:
    return Request("", NOON + timedelta(seconds=second), revision, 500, "https://ali/", client, "curl")


def seen(*errors: Request, percent: int = 10, now: float = 60) -> Evidence:
    return Evidence().seen(errors, CANARY, percent, NOON + timedelta(seconds=now))


def of(canary: int, baseline: int, percent: int = 10) -> Evidence:
    return Evidence(settled={percent: (canary, baseline)})


@pytest.mark.parametrize(
    ("errors", "counted"),
    [
        pytest.param([], {}, id="no error"),
        pytest.param([error(1)], {10: (1, 0)}, id="one on the canary"),
        pytest.param([error(1, BASELINE)], {10: (0, 1)}, id="one on the baseline"),
        pytest.param([error(1), error(2), error(4.9)], {10: (1, 0)}, id="one client trying again and again"),
        pytest.param(
            [error(1), error(2, BASELINE)], {10: (1, 0)}, id="tried again on the baseline: the canary's"
        ),
        pytest.param(
            [error(1, BASELINE), error(2)], {10: (0, 1)}, id="tried again on the canary: the baseline's"
        ),
        pytest.param([error(2), error(1, BASELINE)], {10: (0, 1)}, id="the earlier logged later"),
        pytest.param([error(1), error(1, BASELINE)], {10: (0, 1)}, id="at the same instant: the baseline's"),
        pytest.param([error(4.9), error(5)], {10: (2, 0)}, id="the next cell"),
        pytest.param([error(1), error(1, client="192.0.2.2")], {10: (2, 0)}, id="another client"),
        pytest.param(
            [error(1), replace(error(1), user_agent="wget")],
            {10: (2, 0)},
            id="another client behind the same address",
        ),
        pytest.param([error(1, "a-0")], {10: (0, 1)}, id="a third revision stands with the baseline"),
    ],
)
def test_one_error_counts_for_each_client_and_cell(
    errors: list[Request], counted: dict[int, tuple[int, int]]
) -> None:
    assert seen(*errors).counts == counted


ERRORS = st.lists(
    st.builds(
        error,
        second=st.integers(0, 300).map(lambda tenths: tenths / 10),
        revision=st.sampled_from([CANARY, BASELINE]),
        client=st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
    ),
    max_size=25,
)


def by_rule(errors: Sequence[Request]) -> tuple[int, int]:
    """The counting rule, said once more and plainly: the earliest of each client and cell."""
    cells: dict[tuple[str, int], list[Request]] = {}
    for one in errors:
        cells.setdefault((one.client, int(one.at.timestamp() // CELL.total_seconds())), []).append(one)
    firsts = [min(cell, key=lambda one: (one.at, one.revision == CANARY)) for cell in cells.values()]
    on_canary = sum(one.revision == CANARY for one in firsts)
    return on_canary, len(firsts) - on_canary


@given(
    errors=ERRORS, shuffled=st.randoms(use_true_random=False), looks=st.lists(st.integers(0, 25), max_size=4)
)
def test_neither_the_order_nor_the_looks_change_who_is_credited(
    errors: list[Request], shuffled: random.Random, looks: list[int]
) -> None:
    arriving = list(errors)
    shuffled.shuffle(arriving)
    evidence = Evidence()
    cuts = [0, *sorted(looks), len(arriving)]
    for begin, end in pairwise(cuts):
        evidence = evidence.seen(arriving[begin:end], CANARY, 10, NOON + timedelta(seconds=40 + begin))
    assert evidence.counts.get(10, (0, 0)) == by_rule(errors)


@given(errors=ERRORS, again=st.integers(0, 25))
def test_an_entry_read_twice_counts_once(errors: list[Request], again: int) -> None:
    now = NOON + timedelta(seconds=60)
    once = Evidence().seen(errors, CANARY, 10, now)
    assert once.seen(errors[:again], CANARY, 10, now) == once


@given(errors=ERRORS, late=ERRORS, passed=st.integers(0, 1500), back=st.integers(0, 4))
def test_a_cell_counts_once_however_late_the_news(
    errors: list[Request], late: list[Request], passed: int, back: int
) -> None:
    """Whatever time passed meanwhile, and should the clock have stepped back by a few seconds."""
    first = Evidence().seen(errors, CANARY, 10, NOON + timedelta(seconds=31))
    then = NOON + timedelta(seconds=31 + passed)
    evidence = first.seen([], CANARY, 10, then).seen(late, CANARY, 10, then - timedelta(seconds=back))
    cells = {(one.client, int(one.at.timestamp() // CELL.total_seconds())) for one in [*errors, *late]}
    assert sum(evidence.counts.get(10, (0, 0))) <= len(cells)


def test_news_that_is_too_late_counts_nothing() -> None:
    late = LATEST_NEWS.total_seconds() + 2
    assert seen(error(1), now=late).counts == {}
    assert seen(error(3), now=late).counts == {10: (1, 0)}


def test_what_is_settled_is_no_longer_kept_by_client() -> None:
    evidence = seen(error(1), error(2, BASELINE, "192.0.2.2"))
    later = evidence.seen([], CANARY, 50, NOON + timedelta(minutes=11))
    assert not later.open
    assert later.counts == evidence.counts == {10: (1, 1)}


def test_an_error_belongs_to_the_step_it_was_seen_in() -> None:
    evidence = seen(error(1), percent=10).seen([error(20)], CANARY, 50, NOON + timedelta(seconds=60))
    assert evidence.counts == {10: (1, 0), 50: (1, 0)}


def test_a_look_leaves_the_evidence_before_it_as_it_was() -> None:
    before = seen(error(1))
    before.seen([error(0.5, BASELINE), error(20)], CANARY, 10, NOON + timedelta(minutes=20))
    assert before == seen(error(1))


@given(
    first=ERRORS,
    second=ERRORS,
    percents=st.tuples(st.integers(1, 99), st.integers(1, 99)),
    now=st.integers(31, 700),
)
def test_evidence_survives_a_crash(
    first: list[Request], second: list[Request], percents: tuple[int, int], now: int
) -> None:
    at = NOON + timedelta(seconds=now)
    evidence = Evidence().seen(first, CANARY, percents[0], NOON + timedelta(seconds=31))
    evidence = evidence.seen(second, CANARY, percents[1], at)
    kept = Evidence.from_json(json.loads(json.dumps(evidence.to_json())))
    assert kept == evidence
    assert kept.seen(first, CANARY, 10, at) == evidence.seen(first, CANARY, 10, at)


def test_no_error_is_no_evidence() -> None:
    assert Evidence().e_value == pytest.approx(1)


COUNTS = st.dictionaries(st.integers(1, 99), st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=4)


@given(counts=COUNTS, percent=st.integers(1, 99), more=st.integers(1, 100))
def test_errors_of_the_baseline_never_speak_against_the_canary(
    counts: dict[int, tuple[int, int]], percent: int, more: int
) -> None:
    on_canary, on_baseline = counts.get(percent, (0, 0))
    after = Evidence(settled={**counts, percent: (on_canary, on_baseline + more)})
    assert after.log_e < Evidence(settled=counts).log_e


@given(counts=COUNTS, percent=st.integers(1, 99), more=st.integers(1, 100))
def test_errors_of_the_canary_never_speak_for_it(
    counts: dict[int, tuple[int, int]], percent: int, more: int
) -> None:
    on_canary, on_baseline = counts.get(percent, (0, 0))
    after = Evidence(settled={**counts, percent: (on_canary + more, on_baseline)})
    assert after.log_e > Evidence(settled=counts).log_e


@given(counts=COUNTS, percent=st.integers(1, 99))
def test_the_next_error_is_a_fair_bet(counts: dict[int, tuple[int, int]], percent: int) -> None:
    """What makes it an e-process: were both alike, the next error is not expected to raise it."""
    on_canary, on_baseline = counts.get(percent, (0, 0))
    before = Evidence(settled=counts).log_e
    up = Evidence(settled={**counts, percent: (on_canary + 1, on_baseline)}).log_e - before
    down = Evidence(settled={**counts, percent: (on_canary, on_baseline + 1)}).log_e - before
    share = percent / 100
    assert share * math.exp(up) + (1 - share) * math.exp(down) == pytest.approx(1, abs=1e-9)


@given(errors=st.integers(0, 2_000_000))
def test_a_total_outage_is_no_overflow(errors: int) -> None:
    assert math.isfinite(of(errors, 0, 1).e_value)
    assert math.isfinite(of(0, errors, 99).e_value)


@pytest.mark.parametrize(
    "percents",
    [
        pytest.param([10], id="at 10 %"),
        pytest.param([5, 25, 50], id="over rising steps"),
        pytest.param([50], id="at half"),
        pytest.param([1], id="at 1 %"),
    ],
)
def test_a_canary_that_is_no_worse_is_seldom_rolled_back(percents: list[int]) -> None:
    """Looked at after every error, with alpha 0.05: Ville's inequality allows one run in twenty."""
    lots, runs, errors, alpha = random.Random(7), 400, 120, 0.05
    false = 0
    for _ in range(runs):
        counts = dict.fromkeys(percents, (0, 0))
        for number in range(errors):
            percent = percents[number * len(percents) // errors]
            on_canary, on_baseline = counts[percent]
            hit = lots.random() < percent / 100
            counts[percent] = (on_canary + hit, on_baseline + (not hit))
            if hit and Evidence(settled=counts).e_value >= 1 / alpha:
                false += 1
                break
    assert false <= alpha * runs


def until_rollback(lots: random.Random, bad: float, good: float, percent: int) -> int:
    """Requests that met the canary until the evidence was enough."""
    met = on_canary = on_baseline = 0
    while True:
        if lots.random() < percent / 100:
            met += 1
            if lots.random() < bad:
                on_canary += 1
                if of(on_canary, on_baseline, percent).e_value >= 1 / ALPHA:
                    return met
        elif lots.random() < good:
            on_baseline += 1


@pytest.mark.parametrize(
    ("good", "bad", "requests"),
    [
        pytest.param(0.001, 1.0, 3.0, id="0.1 % to a total outage"),
        pytest.param(0.001, 0.2, 15.6, id="0.1 % to 20 %"),
        pytest.param(0.001, 0.05, 70, id="0.1 % to 5 %"),
        pytest.param(0.001, 0.02, 207, id="0.1 % to 2 %"),
        pytest.param(0.01, 0.2, 22.9, id="1 % to 20 %"),
        pytest.param(0.01, 0.05, 205, id="1 % to 5 %"),
    ],
)
def test_a_bad_canary_is_caught_as_soon_as_was_measured(good: float, bad: float, requests: float) -> None:
    """Mean canary requests at a 10 % share: the row `errors-only e-process` of facts/canary.md."""
    lots = random.Random(11)
    assert mean(until_rollback(lots, bad, good, 10) for _ in range(250)) == pytest.approx(requests, rel=0.15)


def test_an_incident_that_both_share_cancels_out() -> None:
    lots, on_canary, on_baseline = random.Random(3), 0, 0
    for _ in range(2_000):
        hit = lots.random() < 0.1
        on_canary, on_baseline = on_canary + hit, on_baseline + (not hit)
    assert of(on_canary, on_baseline).e_value < 1


def test_clusters_of_one_clients_retries_do_not_add_up() -> None:
    """Twenty clients, each five times in a second, each time routed anew: 20 errors, not 100."""
    lots = random.Random(5)
    errors = [
        error(client * 0.1 + again / 10, lots.choice([CANARY, BASELINE]), f"192.0.2.{client}")
        for client in range(20)
        for again in range(5)
    ]
    assert sum(seen(*errors, percent=50).counts[50]) == 20
