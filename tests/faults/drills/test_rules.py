"""The rules themselves: each holds of a drill that went as it should, and tells of one that did not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.drill_check import Result
from domain.drill_report import DrillReport, Verdict
from domain.loss import Loss
from tests.domain.drills import check, report
from tests.faults.command import Ended
from tests.faults.drills.rules import violations
from tests.faults.drills.seen import Seen
from tests.faults.slack import Thread

FIRST, SECOND = "20261122-120000-aaaaaa", "20261122-130000-bbbbbb"
GOOD, BAD, WAITS = ":white_check_mark:", ":rotating_light:", ":hourglass_flowing_sand:"


def drill(name: str, verdict: Verdict = Verdict.PASSED, *results: Result) -> DrillReport:
    checks = [check(f"check {number}", each) for number, each in enumerate(results or (Result.PASSED,) * 2)]
    return report(id=name, verdict=verdict, checks=checks)


def thread(sign: str) -> Thread:
    return Thread(f"*x: restore drill → x*\n{sign} said\nby faults", ())


PASSED = Ended("drill", 0, "restored 8 MB")
WELL = Seen(
    survived=True,
    ended=(PASSED,),
    begun=frozenset({FIRST}),
    again=PASSED,
    before={"its tables": "1"},
    after={"its tables": "1"},
    reports=(drill(FIRST), drill(SECOND)),
    unread=(),
    proven=SECOND,
    left=(),
    threads=(thread(GOOD), thread(GOOD)),
    secrets={"a password": "hunter2hunter2"},
    texts={"Slack": "a drill passed"},
)
FAR = Loss(timedelta(minutes=5), None, None, (), ())
KILLED = replace(
    WELL,
    survived=False,
    ended=(Ended("drill", None, ""),),
    reports=(drill(FIRST, Verdict.FAILED), drill(SECOND)),
    threads=(thread(BAD), thread(GOOD)),
)
EARLY = replace(KILLED, begun=frozenset(), reports=(drill(SECOND),), threads=(thread(WAITS), thread(GOOD)))


@pytest.mark.parametrize("seen", [WELL, KILLED, EARLY], ids=["it passed", "killed", "killed before it began"])
def test_a_run_that_went_as_it_should_violates_nothing(seen: Seen) -> None:
    assert violations(seen) == []


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(
            replace(WELL, reports=(replace(drill(FIRST), database=FAR), drill(SECOND))),
            "a loss that was not",
            id="a loss of minutes",
        ),
        pytest.param(replace(KILLED, reports=(drill(SECOND),)), "and has no report", id="no report"),
        pytest.param(replace(WELL, unread=("x is no report",)), "x is no report", id="a report is none"),
        pytest.param(
            replace(WELL, reports=(drill(FIRST, Verdict.PASSED, Result.NOT_RUN), drill(SECOND))),
            f"drill {FIRST} passed, and check 0, check 1 did not",
            id="green with a check that could not run",
        ),
        pytest.param(
            replace(WELL, reports=(drill(FIRST, Verdict.PASSED, Result.PASSED), drill(SECOND))),
            f"drill {FIRST} passed, and check 1 did not",
            id="green with a check that was not made",
        ),
        pytest.param(
            replace(WELL, reports=(drill(FIRST, Verdict.FAILED), drill(SECOND))),
            "2 drills ended with 0, and 1 reports say",
            id="it ends well, and its report says otherwise",
        ),
        pytest.param(
            replace(WELL, ended=(Ended("drill", 1, "failed: why"),)),
            "muster drill ended with 1: failed: why",
            id="a lost answer ends it",
        ),
        pytest.param(
            replace(WELL, again=Ended("drill", 1, "failed: why")),
            "undisturbed, ended with 1: failed: why",
            id="a rerun fails",
        ),
        pytest.param(
            replace(WELL, proven=""), "in the end the set is not proven", id="the set is not proven"
        ),
        pytest.param(
            replace(KILLED, proven=FIRST), f"proven by drill {FIRST}", id="proven by one that did not pass"
        ),
        pytest.param(
            replace(WELL, after={"its tables": "2"}),
            "production is another than before: its tables",
            id="production is changed",
        ),
        pytest.param(replace(WELL, left=("secrets drill-1",)), "left behind: secrets", id="a secret is left"),
        pytest.param(
            replace(WELL, texts={"a log": "aHVudGVyMmh1bnRlcjI="}),
            "a password can be read in a log",
            id="a secret is told",
        ),
        pytest.param(
            replace(WELL, texts={"a log": f"Aa1-{'0f' * 20}"}),
            "a password that a drill made can be read in a log",
            id="a new password is told",
        ),
        pytest.param(
            replace(WELL, threads=(thread(WAITS), thread(GOOD), thread(GOOD))),
            "Slack still says of 1",
            id="Slack waits",
        ),
        pytest.param(
            replace(WELL, threads=(thread(BAD), thread(GOOD))),
            "2 ended with 0, and Slack",
            id="Slack differs",
        ),
    ],
)
def test_what_does_not_hold_is_told(seen: Seen, told: str) -> None:
    assert any(told in sentence for sentence in violations(seen)), violations(seen)
