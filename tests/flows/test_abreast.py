"""Calls side by side: each comes to its own end, and all of them to an end when what keeps them fails."""

import threading
import time
from collections.abc import Callable

import pytest

from tasks.abreast import Halt, Halted, abreast

SHORT = 0.02  # seconds


def nothing() -> None:
    """Keeps nothing."""


def test_what_one_finds_does_not_stop_the_others() -> None:
    def fails() -> str:
        raise ValueError("broken")

    def slowly() -> str:
        time.sleep(0.1)
        return "slow"

    outcome = abreast({"bad": fails, "slow": slowly}, nothing)
    assert outcome.done == {"slow": "slow"}
    assert str(outcome.failed["bad"]) == "broken"


def expires_after(seconds: float) -> Callable[[], None]:
    end = time.monotonic() + seconds

    def keep() -> None:
        if time.monotonic() > end:
            raise TimeoutError("it cannot be kept any longer")

    return keep


def test_calls_that_are_told_to_halt_make_nothing_more_once_it_has_ended() -> None:
    halt, made = Halt(), 0

    def makes() -> None:
        nonlocal made
        while True:
            halt.keep()
            time.sleep(SHORT)
            made += 1

    with pytest.raises(TimeoutError):
        abreast({"makes": makes}, expires_after(0.3), halt)
    then = made
    assert then
    time.sleep(5 * SHORT)
    assert made == then
    with pytest.raises(Halted):
        halt.keep()


def test_one_that_has_ended_by_then_is_not_waited_for() -> None:
    halt, ended = Halt(), threading.Event()

    def waits() -> None:
        while True:
            halt.keep()
            time.sleep(SHORT)

    with pytest.raises(TimeoutError):
        abreast({"quick": ended.set, "waits": waits}, expires_after(0.1), halt)
    assert ended.is_set()
