"""The server's clock: always within its bounds, whatever the network does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.server_clock import ServerClock

TINY = 1e-5  # what is lost where instants of 1.7e9 s are held in floats
SECONDS = st.floats(0, 30)


def date(server: float) -> datetime:
    """A Date header: whole seconds, cut off."""
    return datetime.fromtimestamp(int(server), UTC)


Exchange = tuple[float, float, float]  # a pause before the request, its way there, its way back

EXCHANGES = st.lists(st.tuples(SECONDS, st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=12)
OFFSETS = st.floats(1.6e9, 2e9)


def after(
    clock: ServerClock, monotonic: float, offset: float, exchanges: list[Exchange]
) -> tuple[ServerClock, float]:
    """The clock after those exchanges with a server so far ahead, and the monotonic time then."""
    for pause, there, back in exchanges:
        asked = monotonic + pause
        served = asked + there
        monotonic = served + back
        clock = clock.learn(date(served + offset), asked, monotonic)
    return clock, monotonic


@given(offset=OFFSETS, exchanges=EXCHANGES)
def test_the_truth_is_within_the_bounds(offset: float, exchanges: list[Exchange]) -> None:
    clock, _ = after(ServerClock(), 0.0, offset, exchanges)
    assert clock.low - TINY <= offset <= clock.high + TINY


@given(offset=OFFSETS, exchanges=EXCHANGES, later=SECONDS)
def test_it_is_never_earlier_than_the_earliest_nor_later_than_the_latest(
    offset: float, exchanges: list[Exchange], later: float
) -> None:
    clock, monotonic = after(ServerClock(), 0.0, offset, exchanges)
    now = datetime.fromtimestamp(monotonic + later + offset, UTC)
    slack = timedelta(seconds=TINY)
    assert clock.earliest(monotonic + later) - slack <= now <= clock.latest(monotonic + later) + slack


@given(offset=OFFSETS, exchanges=EXCHANGES, more=EXCHANGES)
def test_every_exchange_can_only_narrow_the_bounds(
    offset: float, exchanges: list[Exchange], more: list[Exchange]
) -> None:
    before, monotonic = after(ServerClock(), 0.0, offset, exchanges)
    narrowed, _ = after(before, monotonic, offset, more)
    assert narrowed.low >= before.low
    assert narrowed.high <= before.high


@given(
    offset=OFFSETS,
    before=EXCHANGES,
    jump=st.one_of(st.floats(25, 1e6), st.floats(-1e6, -25)),
    afterwards=EXCHANGES,
)
def test_after_the_servers_clock_was_set_it_is_learnt_anew(
    offset: float, before: list[Exchange], jump: float, afterwards: list[Exchange]
) -> None:
    """A jump longer than an exchange takes, and the second that a Date leaves open."""
    clock, monotonic = after(ServerClock(), 0.0, offset, before)
    clock, _ = after(clock, monotonic, offset + jump, afterwards)
    assert clock.low - TINY <= offset + jump <= clock.high + TINY


def test_quick_exchanges_at_different_moments_tell_it_to_a_fraction_of_a_second() -> None:
    exchanges = [(0.33, 0.01, 0.01)] * 12
    clock, _ = after(ServerClock(), 0.0, 1.7e9 + 0.4, exchanges)
    assert clock.high - clock.low < 0.25


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(ServerClock().latest, id="the latest"),
        pytest.param(ServerClock().earliest, id="the earliest"),
    ],
)
def test_a_clock_that_was_never_heard_of_has_no_time(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="nothing was heard"):
        ask(5.0)
