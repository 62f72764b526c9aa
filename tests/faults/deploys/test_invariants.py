"""The rules themselves: each holds of a run that went well, and tells of one that did not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.record import ReleaseRecord, Result
from domain.requests import Exposure
from tests.faults.command import Ended
from tests.faults.deploys.invariants import violations
from tests.faults.deploys.place import HOLD
from tests.faults.deploys.releases import RELEASES, SCHEMA
from tests.faults.deploys.seen import Seen, State
from tests.faults.deploys.traces import Ask, Change
from tests.faults.slack import Thread

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
BASE, CANARY = "x-base", "x-good"


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def change(seconds: float, share: int, nonce: str = "one", deploy: str = "d1") -> Change:
    shares = {name: percent for name, percent in ((BASE, 100 - share), (CANARY, share)) if percent}
    return Change(at(seconds), shares, {}, nonce, deploy, CANARY)


def ask(seconds: float, revision: str, **how: Any) -> Ask:
    return Ask(at(seconds), revision, **{"status": 200, "ours": False, "tagged": False, **how})


RECORD = ReleaseRecord(
    id="d1", kind="deploy", environment="x", service="x", ref="good", who="faults", started_at=BEGAN,
    baseline=BASE, canary=CANARY, result=Result.PROMOTED, ended_at=at(9),
)  # fmt: skip
PROMOTED = State({CANARY: 100}, {"previous": BASE}, {}, SCHEMA, ())
BACK = State({BASE: 100}, {}, {}, SCHEMA, ())
SAID = "*promoted*: all traffic on `x-good`"
CLIMB = (change(0, 0), change(1, 0), change(3, 20), change(5, 50), change(7, 100), change(8, 100))
GOOD = Seen(
    runbook="deploy",
    release=RELEASES["good"],
    baseline=BASE,
    canary=CANARY,
    database=True,
    ended=(Ended("deploy", 0, "promoted"),),
    settled=PROMOTED,
    settled_at=at(10),
    records=(RECORD,),
    threads=(Thread(f":white_check_mark: {SAID}\nby faults, 2026-01-01 00:00:00 UTC, d1", ("begun", SAID)),),
    met_errors=0,
    rerun=Ended("deploy", 0, "nothing to do"),
    wanted_codes=frozenset({0}),
    wanted=CANARY,
    final=PROMOTED,
    changes=CLIMB,
    asks=(ask(2, CANARY, ours=True, tagged=True), ask(2.1, CANARY, ours=True, tagged=True), ask(4, CANARY)),
    left=(),
    lost={},
    secrets={"a password": "hunter2hunter2"},
    texts={"Slack": SAID},
)
WENT_BACK = replace(
    GOOD,
    release=RELEASES["erring"],
    ended=(Ended("deploy", 1, ""),),
    settled=BACK,
    final=BACK,
    wanted=BASE,
    wanted_codes=frozenset({1}),
    rerun=Ended("deploy", 1, ""),
    changes=(*CLIMB[:3], change(4, 0)),
    records=(replace(RECORD, result=Result.ROLLED_BACK, exposure={CANARY: Exposure(9, 3, 5, 2)}),),
    threads=(
        Thread(":rewind: *rolled back* to `x-base`\nby f, 2026 UTC, d1", ("*rolled back* to `x-base`",)),
    ),
    met_errors=3,
)


@pytest.mark.parametrize("seen", [GOOD, WENT_BACK], ids=["promoted", "went back"])
def test_a_run_that_went_as_it_should_violates_nothing(seen: Seen) -> None:
    assert violations(seen) == []


@pytest.mark.parametrize(
    ("serving", "wrong"), [(PROMOTED, False), (BACK, False), (replace(BACK, shares={"x-other": 100}), True)]
)
def test_a_rollback_that_failed_may_have_come_so_far(serving: State, wrong: bool) -> None:
    """It says that `muster status` shows what serves."""
    failed = replace(RECORD, kind="rollback", baseline=CANARY, canary=BASE, result=Result.FAILED)
    seen = replace(WENT_BACK, runbook="rollback", records=(failed,), settled=serving)
    assert any("says failed, and" in each for each in violations(seen)) is wrong


def test_a_run_that_could_not_keep_its_record_has_that_of_settle() -> None:
    """Which says what serves, and not how the process ended, of which the log alone tells."""
    unkept = Ended("deploy", 1, 'the record was not kept; here it is: {"result": "failed"}')
    assert violations(replace(GOOD, ended=(unkept,))) == []
    assert violations(replace(GOOD, ended=(unkept, Ended("deploy", 0, "")))) == [], "the other's is its own"
    assert violations(replace(GOOD, ended=(unkept,), records=(RECORD, RECORD))) != []


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(
            replace(GOOD, final=replace(PROMOTED, wrong=("500",))), "in the end users are answered 500",
            id="the service does not work",
        ),
        pytest.param(
            replace(GOOD, settled=replace(PROMOTED, shares={BASE: 80, CANARY: 20})),
            "when it was settled the traffic is split", id="a canary was left its share",
        ),
        pytest.param(
            replace(WENT_BACK, settled=PROMOTED), "x-good serves, and it is erring", id="a bad release serves"
        ),
        pytest.param(
            replace(GOOD, asks=(*GOOD.asks, ask(0.5, CANARY))), "before any change gave it a share",
            id="a user met it unasked",
        ),
        pytest.param(replace(GOOD, asks=()), "before it had passed its smoke checks", id="never smoked"),
        pytest.param(
            replace(GOOD, changes=(*CLIMB[:3], *CLIMB[4:])), "x-good went from 20 % to 100 %",
            id="a step was left out",
        ),
        pytest.param(
            replace(GOOD, changes=(*CLIMB[:3], change(3 + HOLD / 2, 50), *CLIMB[4:])), "less than a hold",
            id="a step was cut short",
        ),
        pytest.param(
            replace(GOOD, changes=(*CLIMB[:3], change(4, 0, "two", ""), *CLIMB[3:])),
            "a process changed the service 3 times after another had: one", id="two act",
        ),
        pytest.param(replace(GOOD, lost={"lost": 2}), "that no revision answered", id="a request was lost"),
        pytest.param(
            replace(GOOD, settled=replace(PROMOTED, schema="0002_author")), "was proven by nobody",
            id="a schema nobody proved",
        ),
        pytest.param(
            replace(GOOD, release=RELEASES["migrating"]), "the schema is at 0001_notes, not at 0002_summary",
            id="the schema stayed behind",
        ),
        pytest.param(
            replace(GOOD, rerun=Ended("deploy", 1, "failed: why")), "the rerun ended with 1: failed: why",
            id="a rerun fails",
        ),
        pytest.param(replace(GOOD, final=BACK), "x-base serves, not x-good", id="a rerun deploys nothing"),
        pytest.param(replace(GOOD, left=("leases/x",)), "left behind: leases/x", id="a lease is left"),
        pytest.param(
            replace(GOOD, final=replace(PROMOTED, tags={"canary": CANARY})), "tags left behind: canary",
            id="a tag is left",
        ),
        pytest.param(
            replace(GOOD, final=replace(PROMOTED, marks={"muster/deploy": "d1"})), "marks left behind",
            id="a mark is left",
        ),
        pytest.param(
            replace(GOOD, texts={"a log": "pw=hunter2hunter2"}), "a password can be read in a log",
            id="a secret is told",
        ),
        pytest.param(
            replace(GOOD, texts={"a log": "aHVudGVyMmh1bnRlcjI="}), "a password can be read in a log",
            id="even in base64",
        ),
        pytest.param(replace(GOOD, records=()), "ended with 0, and no record says so", id="no record"),
        pytest.param(
            replace(GOOD, records=(RECORD, RECORD)), "2 records of 1 runs", id="two records of one run"
        ),
        pytest.param(
            replace(GOOD, records=(), ended=(Ended("deploy", None, ""),)),
            "what deploy d1 did before it was killed stands in no record", id="a killed one has none",
        ),
        pytest.param(
            replace(GOOD, settled=BACK), "says promoted, and x-base serves", id="promoted, it says"
        ),
        pytest.param(
            replace(WENT_BACK, met_errors=4), "tells of 3 errors, users saw 4", id="an error is not told"
        ),
        pytest.param(
            replace(WENT_BACK, records=(replace(WENT_BACK.records[0], result=Result.FAILED),)),
            "says that no user met the release, and 1 did", id="a user is not told of",
        ),
        pytest.param(
            replace(GOOD, records=(replace(RECORD, result=Result.REFUSED),), ended=(Ended("deploy", 2, ""),)),
            "says refused, and it changed the service", id="refused, it says",
        ),
        pytest.param(
            replace(GOOD, threads=(Thread(":hourglass: under way\nby f, 2026 UTC, d1", (SAID,)),)),
            "Slack still says that it is under way", id="Slack waits",
        ),
        pytest.param(
            replace(GOOD, threads=(replace(GOOD.threads[0], replies=("begun",)),)),
            "the last word in Slack is not how", id="Slack's thread has no end",
        ),
        pytest.param(replace(GOOD, threads=()), "has 0 threads in Slack", id="Slack knows nothing"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told(seen: Seen, told: str) -> None:
    assert any(told in sentence for sentence in violations(seen)), violations(seen)


def test_the_change_that_was_on_its_way_when_a_process_was_stopped_is_no_second_actor() -> None:
    changes = (*CLIMB[:2], change(3, 0, "two", ""), change(3.5, 20), change(6, 0, "three", ""))
    seen = replace(WENT_BACK, changes=changes, late=1)
    assert violations(seen) == []
    assert violations(replace(seen, late=0)) != []
