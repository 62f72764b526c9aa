"""One's turn at a Cloud SQL instance: other work is waited for, an API that is away only for a while."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from clients.cloud_sql import Busy
from clients.errors import Denied, Unavailable
from tasks.turns import in_turn

AWAY = timedelta(seconds=0.3)
LONG = timedelta(hours=1)


def answers(*each: Exception | str) -> Callable[[], str]:
    """One after the other; the last of them for ever."""
    left = list(each)

    def call() -> str:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


def turn(call: Callable[[], str], within: timedelta = LONG, away: timedelta = AWAY) -> str:
    return in_turn("db", call, lambda: None, within=within, away=away)


@pytest.mark.parametrize("before", [Busy("db: busy"), Unavailable("db: asking it: away")])
def test_what_passes_is_waited_for(before: Exception) -> None:
    assert turn(answers(before, before, "begun")) == "begun"


def test_what_it_waits_for_is_told_once_in_the_apis_own_words(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="muster")
    busy = Busy("db: asking it: another operation was already in progress")
    assert turn(answers(busy, busy, busy, "begun")) == "begun"
    assert caplog.messages == [f"{busy.what}; waiting for its end, 1 h at most"]


def test_so_it_is_told_to_who_shows_it() -> None:
    shown: list[str] = []
    call = answers(Busy("db: busy"), Unavailable("db: asking it: 429"), "begun")
    assert in_turn("db", call, lambda: None, tell=shown.append) == "begun"
    assert shown == ["waiting: db: busy", "waiting: db: asking it: 429"]


def test_an_api_that_stays_away_is_given_up_long_before_other_work_is() -> None:
    with pytest.raises(Unavailable, match=r"^db: asking it: away, for over 0\.3 s; run it again$"):
        turn(answers(Unavailable("db: asking it: away", "run it again")))


def test_an_api_that_answers_in_between_is_not_away() -> None:
    away = Unavailable("db: asking it: away")

    def slowly() -> str:
        time.sleep(AWAY.total_seconds() * 0.6)
        return flaky()

    flaky = answers(away, Busy("db: busy"), away, Busy("db: busy"), away, "begun")
    assert turn(slowly) == "begun"


def test_other_work_that_does_not_end_is_told() -> None:
    with pytest.raises(Unavailable, match=r"^db: an end of other work on it: not within 0\.5 s"):
        turn(answers(Busy("db: busy")), within=timedelta(seconds=0.5))


def test_what_is_refused_is_not_asked_for_again() -> None:
    with pytest.raises(Denied):
        turn(answers(Denied("db: asking it: no"), "begun"))
