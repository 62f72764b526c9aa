"""How long a call is tried: while its error may pass, and never beyond the patience of its caller."""

from datetime import timedelta

import pytest

from clients.errors import Denied, Unavailable
from clients.patience import attempt_timeout, patience, patient

SHORT = timedelta(milliseconds=900)


class Caller:
    """Fails with what is left of its errors, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = [*errors]
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_an_error_that_may_pass_is_waited_out() -> None:
    caller = Caller(Unavailable("a"), Unavailable("b"))
    assert patient(caller.__call__)() == "done"
    assert caller.calls == 3


def test_an_error_that_stays_is_raised_at_once() -> None:
    caller = Caller(Denied("no"), Denied("no"))
    with pytest.raises(Denied):
        patient(caller.__call__)()
    assert caller.calls == 1


def test_patience_ends_with_the_last_error() -> None:
    caller = Caller(*(Unavailable(str(number)) for number in range(1000)))
    with patience(SHORT), pytest.raises(Unavailable) as last:
        patient(caller.__call__)()
    assert last.value.what == str(caller.calls - 1)
    assert 1 < caller.calls < 100


def test_an_attempt_leaves_time_for_another() -> None:
    timeouts = []
    with patience(timedelta(seconds=20)):
        patient(lambda: timeouts.append(attempt_timeout()))()
    assert timeouts == [10]


def test_a_call_within_a_call_has_no_more_time_than_the_outer_one() -> None:
    timeouts = []

    @patient
    def inner() -> None:
        timeouts.append(attempt_timeout())

    @patient
    def outer() -> None:
        with patience(timedelta(hours=1)):
            inner()

    with patience(timedelta(seconds=8)):
        outer()
    assert 0 < timeouts[0] <= 8


def test_calls_within_calls_do_not_multiply_their_attempts() -> None:
    caller = Caller(*(Unavailable("x") for _ in range(1000)))
    alone = Caller(*(Unavailable("x") for _ in range(1000)))
    with patience(SHORT):
        with pytest.raises(Unavailable):
            patient(alone.__call__)()
        with pytest.raises(Unavailable):
            patient(patient(caller.__call__))()
    assert caller.calls < 4 * alone.calls
