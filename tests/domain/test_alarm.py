"""An alarm that lasts: one message, said anew each day, its thread told of what changes."""

from datetime import timedelta

import pytest

from domain.alarm import Alarm, alarm_from_json, difference, over, ringing, rings
from tests.domain.recovery_sets import DAY, NOW

HOUR = timedelta(hours=1)
RUNG = Alarm(NOW - 3 * HOUR, NOW - 3 * HOUR, "first", ("export",))


@pytest.mark.parametrize(
    ("before", "what", "after", "told"),
    [
        pytest.param(None, ["export"], Alarm(NOW, NOW, "next", ("export",)), "", id="it begins"),
        pytest.param(RUNG, ["export"], RUNG, "", id="it goes on in its message"),
        pytest.param(
            RUNG, ["export", "proven set"],
            Alarm(RUNG.began_at, RUNG.said_at, "first", ("export", "proven set")),
            "now too: proven set", id="more is too old",
        ),
        pytest.param(
            RUNG, ["proven set"], Alarm(RUNG.began_at, RUNG.said_at, "first", ("proven set",)),
            "now too: proven set; no longer: export", id="something else is too old",
        ),
        pytest.param(
            Alarm(NOW - 3 * DAY, NOW - DAY, "first", ("export",)), ["export"],
            Alarm(NOW - 3 * DAY, NOW, "next", ("export",)), "", id="after a day it is said anew",
        ),
    ],
)  # fmt: skip
def test_an_alarm_goes_on(before: Alarm | None, what: list[str], after: Alarm, told: str) -> None:
    alarm = rings(before, what, NOW, "next")
    assert alarm == after
    assert difference(before, alarm) == told
    assert alarm_from_json(alarm.to_json()) == alarm


def test_the_message_says_since_when_and_why() -> None:
    message = ringing(RUNG, "shop: freshness → production", ["the export is old"], NOW, "docs/x.md")
    assert message.text == ":rotating_light: *not fresh* for 3 h\n• the export is old"
    assert message.context == "since 2026-11-22 11:00 UTC, looked at 14:00 UTC; what to do: docs/x.md"
    assert (message.run, message.since) == ("first", RUNG.said_at), "by which it is found again"


def test_the_same_message_says_when_it_is_over() -> None:
    message = over(RUNG, "shop: freshness → production", NOW)
    assert message.text == ":white_check_mark: all is *fresh again*, after 3 h"
    assert message.run == "first"


@pytest.mark.parametrize("value", [None, {}, {"began_at": "noon"}, {**RUNG.to_json(), "what": "export"}])
def test_what_is_no_alarm_is_told(value: object) -> None:
    with pytest.raises(ValueError, match=r"an alarm|what"):
        alarm_from_json(value)
