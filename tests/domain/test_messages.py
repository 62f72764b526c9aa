"""What is said of a deploy and of a rollback, however they end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canary import Arm, Next, Observation, Outcome, Policy, Verdict
from domain.evidence import Evidence
from domain.messages import (
    BAR,
    bar,
    end_text,
    exposure_text,
    headline,
    in_markdown,
    look_text,
    migration_text,
    plain,
    plan_text,
    verdict_text,
)
from domain.migration import NOTHING, Finding, Migration, Step
from domain.record import Look, ReleaseRecord, Result
from domain.release_plan import Plan
from domain.requests import Exposure

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOOK = Look(NOON, 10, "", (), 20, 4, 180, 1, 3.2, 100.0)
DEPLOY = ReleaseRecord(
    "20261122-120000-0a1b2c",
    "deploy",
    "production",
    "ali",
    "v7",
    "ada",
    NOON,
    baseline="ali-1",
    canary="ali-2",
)
ROLLBACK = replace(DEPLOY, kind="rollback", ref="", baseline="ali-2", canary="ali-1")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        pytest.param(
            replace(DEPLOY, result=Result.PROMOTED), "*promoted*: all traffic on `ali-2`", id="promoted"
        ),
        pytest.param(
            replace(DEPLOY, result=Result.PROMOTED, baseline=""),
            "*promoted*: all traffic on `ali-2`",
            id="promoted without a baseline, being the first",
        ),
        pytest.param(
            replace(
                DEPLOY, result=Result.PROMOTED, canary="ali-1", schema_before="0003", schema_after="0004"
            ),
            "*migrated* to 0004, `ali-1` serves as before",
            id="only the schema was behind",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.UNCHANGED),
            "*nothing to do*: `ali-1` is made of just this and has all traffic",
            id="it serves already",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.ROLLED_BACK, looks=[LOOK], reason="it errs"),
            "*rolled back* to `ali-1`: it errs",
            id="rolled back",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.FAILED, reason="it crashed"),
            "*failed*, `ali-1` serves as before: it crashed",
            id="failed before a user met it",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.FAILED, baseline="", reason="it crashed"),
            "*failed* (muster status shows what serves): it crashed",
            id="a first release failed",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.FAILED, looks=[LOOK], reason="forbidden"),
            "*failed* (muster status shows what serves): forbidden",
            id="users met it and going back failed: nothing is promised",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.REFUSED, reason="a: do b"),
            "*refused*, nothing was touched: a: do b",
            id="refused",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.HANDED_OVER, reason="the lease is gone"),
            "*handed over*, as someone else acts on the service; nothing more was touched: the lease is gone",
            id="handed over",
        ),
        pytest.param(DEPLOY, "under way", id="under way"),
        pytest.param(
            replace(ROLLBACK, result=Result.ROLLED_BACK),
            "*rolled back*: all traffic on `ali-1`, none on `ali-2`",
            id="a rollback that did",
        ),
        pytest.param(
            replace(ROLLBACK, result=Result.ROLLED_BACK, baseline="ali-1"),
            "*rolled back*: all traffic on `ali-1`",
            id="a rollback to the baseline of a trial",
        ),
        pytest.param(
            replace(ROLLBACK, result=Result.ROLLED_BACK, baseline=""),
            "*rolled back*: all traffic on `ali-1`",
            id="a rollback out of a split that was nobody's",
        ),
        pytest.param(
            replace(ROLLBACK, result=Result.UNCHANGED, baseline="ali-1"),
            "*nothing to do*: `ali-1` has all traffic already",
            id="a rollback to what serves already",
        ),
        pytest.param(
            replace(ROLLBACK, result=Result.FAILED, reason="smoke check 'page' failed"),
            "*failed* (muster status shows what serves): smoke check 'page' failed",
            id="a rollback that failed promises nothing",
        ),
        pytest.param(
            replace(ROLLBACK, result=Result.REFUSED, baseline="", canary="", reason="a: do b"),
            "*refused*, nothing was touched: a: do b",
            id="a rollback that was refused",
        ),
        pytest.param(ROLLBACK, "under way", id="a rollback under way"),
    ],
)
def test_an_end_is_told_with_its_reason(record: ReleaseRecord, said: str) -> None:
    assert end_text(record) == said


@pytest.mark.parametrize(
    ("kind", "result", "named"), list(product(["deploy", "rollback"], [None, *Result], [True, False]))
)
def test_no_end_leaves_a_blank(kind: str, result: Result | None, named: bool) -> None:
    """Whatever is known of it: a record without revisions is one that ended before they were."""
    early = result in {None, Result.FAILED, Result.REFUSED, Result.HANDED_OVER}
    known = DEPLOY if named or not early else replace(DEPLOY, baseline="", canary="")
    said = end_text(replace(known, kind=kind, result=result))
    assert "``" not in said
    assert "None" not in said


@pytest.mark.parametrize(
    ("record", "status", "percent", "lines"),
    [
        pytest.param(DEPLOY, "begun", None, [":hourglass_flowing_sand: begun"], id="begun"),
        pytest.param(
            DEPLOY,
            "on trial",
            25,
            [":hourglass_flowing_sand: on trial", "`█████░░░░░░░░░░░░░░░` 25 % canary"],
            id="on trial",
        ),
        pytest.param(
            replace(DEPLOY, baseline=""),
            "under way",
            0,
            [":hourglass_flowing_sand: under way"],
            id="a first has no canary",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.PROMOTED),
            "promoted",
            50,
            [":white_check_mark: promoted"],
            id="promoted",
        ),
        pytest.param(
            replace(DEPLOY, result=Result.ROLLED_BACK),
            "rolled back",
            50,
            [":rewind: rolled back"],
            id="rolled back",
        ),
        pytest.param(
            replace(ROLLBACK, result=Result.ROLLED_BACK),
            "rolled back",
            None,
            [":white_check_mark: rolled back"],
            id="a rollback that did is a success",
        ),
        pytest.param(
            replace(ROLLBACK, result=Result.FAILED),
            "failed",
            None,
            [":x: failed"],
            id="a rollback that failed",
        ),
    ],
)
def test_the_headline_shows_how_far_it_is(
    record: ReleaseRecord, status: str, percent: int | None, lines: list[str]
) -> None:
    assert headline(record, status, percent).text.splitlines() == lines


@pytest.mark.parametrize(
    ("record", "title"),
    [
        pytest.param(DEPLOY, "ali: deploy v7 → production", id="a deploy"),
        pytest.param(ROLLBACK, "ali: rollback → production", id="a rollback"),
        pytest.param(
            replace(ROLLBACK, ref="ali-1"), "ali: rollback ali-1 → production", id="a rollback to a revision"
        ),
    ],
)
def test_the_headline_says_what_and_where(record: ReleaseRecord, title: str) -> None:
    message = headline(record, "begun", None)
    assert message.title == title
    assert message.context == "by ada, 2026-11-22 12:00:00 UTC, 20261122-120000-0a1b2c"


def test_only_links_that_there_are_are_shown() -> None:
    record = replace(DEPLOY, run_url="https://prefect/run", service_url="https://ali")
    assert headline(record, "begun", None).links == (
        ("Run", "https://prefect/run"),
        ("Service", "https://ali"),
    )


@given(percent=st.integers(0, 100))
def test_a_bar_is_empty_or_full_only_where_the_share_is(percent: int) -> None:
    drawn = bar(percent)
    assert len(drawn) == BAR
    assert ("█" in drawn) == (percent > 0)
    assert ("░" in drawn) == (percent < 100)
    assert bar(min(100, percent + 1)).count("█") >= drawn.count("█")


STEPS = (Step("0004", "0003", "", "", ""), Step("0005", "0004", "", "", ""))
PLAN = Plan("image", "ali-2", "ali-1", schema="0003")


@pytest.mark.parametrize(
    ("plan", "steps", "said"),
    [
        pytest.param(
            PLAN,
            (5, 25, 50),
            "*Plan*: `ali-2` against baseline `ali-1`, in steps of 5 %, 25 % and 50 %\n"
            "schema: stays as it is",
            id="by canary",
        ),
        pytest.param(
            PLAN,
            (10,),
            "*Plan*: `ali-2` against baseline `ali-1`, in one step of 10 %\nschema: stays as it is",
            id="in one step",
        ),
        pytest.param(
            replace(PLAN, baseline=""),
            (10,),
            "*Plan*: create `ali-2`, smoke it, and give it all traffic: there is no baseline yet\n"
            "schema: stays as it is",
            id="a first release",
        ),
        pytest.param(
            replace(PLAN, baseline="", broken="it errs"),
            (10,),
            "*Plan*: create `ali-2`, smoke it, and give it all traffic: there is no baseline yet\n"
            "schema: stays as it is",
            id="a first release over a failed one",
        ),
        pytest.param(
            replace(PLAN, broken="it errs"),
            (10, 50),
            "*Plan*: `ali-2` in place of `ali-1`, which is broken (it errs); with nothing to compare with, "
            "its proofs and the canary steps are skipped\n"
            "schema: stays as it is",
            id="over a broken baseline",
        ),
        pytest.param(
            replace(PLAN, revision="ali-1", unchanged=True, migration=Migration("0003", "0004", STEPS[:1])),
            (10,),
            "*Plan*: `ali-1` is made of just this and keeps all traffic\n"
            "schema: 0003 → 0004 (`0004`), after a backup",
            id="only the schema",
        ),
        pytest.param(
            replace(PLAN, left_by="20261121-090000-ffffff"),
            (10,),
            "*Plan*: `ali-2` against baseline `ali-1`, in one step of 10 %\n"
            "first undo what deploy 20261121-090000-ffffff left: its process ended without a word\n"
            "schema: stays as it is",
            id="after a deploy that died",
        ),
    ],
)
def test_a_plan_is_told_before_it_is_done(plan: Plan, steps: tuple[int, ...], said: str) -> None:
    assert plan_text(plan, steps) == said


@pytest.mark.parametrize(
    ("migration", "said"),
    [
        pytest.param(NOTHING, ["schema: stays as it is"], id="none"),
        pytest.param(
            Migration("", "0005", STEPS),
            ["schema: nothing → 0005 (`0004` and `0005`), after a backup"],
            id="from nothing",
        ),
        pytest.param(
            Migration("0003", "0004", STEPS[:1], (Finding("0004", "prefer-text-field", 1, "Use text."),)),
            [
                "schema: 0003 → 0004 (`0004`), after a backup",
                "advice: migration 0004, line 1: prefer-text-field: Use text.",
            ],
            id="with the linter's advice",
        ),
    ],
)
def test_a_migration_is_told_with_the_advice_on_it(migration: Migration, said: list[str]) -> None:
    assert migration_text(migration).splitlines() == said


@pytest.mark.parametrize(
    ("canary", "baseline", "said"),
    [
        pytest.param(
            Arm(340, 2),
            Arm(3_060, 1),
            "2 min 5 s of 10 min: 5xx on 2 of 340 canary and 1 of 3,060 baseline requests, evidence 1 of 100",
            id="both have requests",
        ),
        pytest.param(
            Arm(),
            Arm(),
            "2 min 5 s of 10 min: no canary requests yet, no baseline requests yet, evidence 1 of 100",
            id="nobody came yet",
        ),
        pytest.param(
            Arm(),
            Arm(50, 1),
            "2 min 5 s of 10 min: 5xx on 1 of 50 baseline requests, no canary requests yet, "
            "evidence 1 of 100",
            id="nobody met the canary yet",
        ),
        pytest.param(
            Arm(3, 3),
            Arm(),
            "2 min 5 s of 10 min: 5xx on 3 of 3 canary requests, no baseline requests yet, evidence 1 of 100",
            id="nobody met the baseline yet",
        ),
    ],
)
def test_a_look_is_one_line(canary: Arm, baseline: Arm, said: str) -> None:
    seen = Observation(10, canary, baseline, Evidence(), hold_over=False)
    assert look_text(Policy(), seen, timedelta(seconds=125)) == said


@pytest.mark.parametrize(
    ("verdict", "follows", "said"),
    [
        pytest.param(
            Verdict(Outcome.PASS, ("fine",)),
            Next.GO_ON,
            ":white_check_mark: *10 %: pass*: fine",
            id="it passes",
        ),
        pytest.param(
            Verdict(Outcome.FAIL, ("it errs",)),
            Next.ROLL_BACK,
            ":x: *10 %: fail*, roll back: it errs",
            id="it fails",
        ),
        pytest.param(
            Verdict(Outcome.INCONCLUSIVE, ("too few", "too slow")),
            Next.HOLD_AGAIN,
            ":grey_question: *10 %: inconclusive*, hold once more: too few; too slow",
            id="it cannot be told",
        ),
    ],
)
def test_a_verdict_says_what_follows(verdict: Verdict, follows: Next, said: str) -> None:
    assert verdict_text(10, verdict, follows) == said


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        pytest.param(None, "", id="it was never on trial"),
        pytest.param(Exposure(), "ali-2 answered no user's request on trial", id="nobody came"),
        pytest.param(
            Exposure(1, 0, 1, 0),
            "ali-2 answered 1 request of 1 user on trial; nobody saw an error",
            id="one user",
        ),
        pytest.param(
            Exposure(1_200, 1, 40, 1),
            "ali-2 answered 1,200 requests of 40 users on trial; 1 user saw 1 error",
            id="one error",
        ),
        pytest.param(
            Exposure(1_200, 9, 40, 3),
            "ali-2 answered 1,200 requests of 40 users on trial; 3 users saw 9 errors",
            id="several users saw errors",
        ),
    ],
)
def test_exposure_is_told_in_users(seen: Exposure | None, said: str) -> None:
    assert exposure_text(replace(DEPLOY, exposure={"ali-2": seen} if seen else {})) == said


def test_what_the_baseline_did_on_a_new_schema_is_no_trial() -> None:
    assert exposure_text(replace(DEPLOY, canary="ali-1", exposure={"ali-1": Exposure(9, 9, 3, 3)})) == ""


@pytest.mark.parametrize(
    ("text", "logged", "page"),
    [
        pytest.param(
            "*rolled back* to `ali-1`", "rolled back to ali-1", "**rolled back** to `ali-1`", id="an end"
        ),
        pytest.param(
            "ali: :x: *10 %: fail*, roll back",
            "ali: 10 %: fail, roll back",
            "ali: :x: **10 %: fail**, roll back",
            id="a sign",
        ),
        pytest.param(
            "GET /: items.*.id is 7, *.id is 8",
            "GET /: items.*.id is 7, *.id is 8",
            "GET /: items.*.id is 7, *.id is 8",
            id="stars of paths are no bold",
        ),
        pytest.param(
            "SELECT 2 * 3 * 4", "SELECT 2 * 3 * 4", "SELECT 2 * 3 * 4", id="stars of sums are no bold"
        ),
        pytest.param(
            "image repo:latest: gone", "image repo:latest: gone", "image repo:latest: gone", id="no sign"
        ),
        pytest.param(
            "500: <html>", "500: <html>", "500: &lt;html>", id="a page in an answer is shown, not obeyed"
        ),
        pytest.param("a\nb", "a\nb", "a  \nb", id="lines stay lines"),
    ],
)
def test_a_text_reads_in_a_log_and_on_a_page(text: str, logged: str, page: str) -> None:
    assert plain(text) == logged
    assert in_markdown(text) == page
