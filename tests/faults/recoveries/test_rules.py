"""The rules themselves: each holds of a recovery that went as it should, and tells of one that did not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.drill_report import RECOVERY, Verdict
from domain.loss import Loss
from tests.domain.drills import report
from tests.faults.command import Ended
from tests.faults.recoveries.rules import violations
from tests.faults.recoveries.seen import Seen
from tests.faults.recoveries.watch import Watch
from tests.faults.slack import Thread

ONCE = Ended("recover", 2, "refused recovery 1 brought it to x-replica already")
WELL = Seen(
    survived=True,
    ended=(Ended("recover", 0, ""),),
    again=ONCE,
    two_at_once=False,
    old_takes_writes=False,
    new_takes_writes=True,
    shut_out=(),
    served={"write": 201, "read what was written before": 200},
    reports=(report(kind=RECOVERY, verdict=Verdict.PASSED),),
    left=(),
    threads=(Thread("*x: recover → x*\n:white_check_mark: said", ()),),
    secrets={"a password": "hunter2hunter2"},
    texts={"Slack": "recovered"},
)
FAR = Loss(timedelta(minutes=5), None, None, (), ())
KILLED = replace(
    WELL,
    survived=False,
    ended=(Ended("recover", None, ""),),
    again=Ended("recover", 0, ""),
    threads=(*WELL.threads, Thread("*x: recover → x*\n:hourglass_flowing_sand: said", ())),
)


@pytest.mark.parametrize("seen", [WELL, KILLED], ids=["it was recovered", "killed, and gone on with"])
def test_a_run_that_went_as_it_should_violates_nothing(seen: Seen) -> None:
    assert violations(seen) == []


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(replace(WELL, two_at_once=True), "took a write after the new one", id="two primaries"),
        pytest.param(replace(WELL, old_takes_writes=True), "the old primary takes writes", id="not fenced"),
        pytest.param(replace(WELL, new_takes_writes=False), "the new primary takes none", id="not promoted"),
        pytest.param(
            replace(WELL, served={**WELL.served, "write": 503}), "users who write get 503", id="not served"
        ),
        pytest.param(replace(WELL, shut_out=("x-muster",)), "secret x-muster does not open", id="shut out"),
        pytest.param(replace(WELL, served={"write": 201}), "who read what was written before", id="lost"),
        pytest.param(
            replace(WELL, ended=(Ended("recover", 1, "failed: why"),)), "ended with 1", id="a lost answer"
        ),
        pytest.param(
            replace(WELL, again=Ended("recover", 2, "refused why")), "undisturbed, ended with 2", id="rerun"
        ),
        pytest.param(replace(WELL, reports=()), "there is none", id="no report"),
        pytest.param(
            replace(WELL, reports=(report(kind=RECOVERY, verdict=Verdict.PASSED, database=FAR),)),
            "a loss that was not",
            id="a loss of minutes",
        ),
        pytest.param(
            replace(WELL, reports=(report(kind=RECOVERY, verdict=Verdict.FAILED, failure="why"),)),
            "no report says that it was recovered",
            id="a report of failure alone",
        ),
        pytest.param(replace(WELL, left=("leases/x/recover",)), "left behind: leases", id="a lease is left"),
        pytest.param(
            replace(WELL, texts={"a log": f"hunter2hunter2 Aa1-{'0f' * 20}"}), "a password", id="a secret"
        ),
        pytest.param(replace(WELL, threads=KILLED.threads), "Slack still says of 1", id="Slack waits"),
    ],
)
def test_what_does_not_hold_is_told(seen: Seen, told: str) -> None:
    assert any(told in sentence for sentence in violations(seen)), violations(seen)


@pytest.mark.parametrize(
    ("new", "old", "both"),
    [(None, 5.0, False), (5.0, None, False), (5.0, 4.9, False), (5.0, 5.1, True)],
)
def test_two_take_writes_where_the_old_one_took_one_later(
    new: float | None, old: float | None, both: bool
) -> None:
    assert Watch(new, old).two_at_once is both
