"""The restore drill as a whole: a set of a small service's, restored, run, checked, measured, taken down."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.drill_drafts import list_drill_drafts
from clients.environment import Environment
from domain.drill import Scenario
from domain.drill_failures import DrillFailed
from domain.drill_report import DrillReport, Verdict
from domain.loss import Loss, Unmeasurable
from domain.recovery_set import RecoverySet, State
from domain.refusal import Refused
from domain.timeline import Moment
from flows.dr_drill import dr_drill
from flows.reap import reap
from flows.restore_drill import restore_drill
from tasks.catalogue import change_set
from tasks.drill_reports import read_reports
from tasks.leases import leased_beside
from tasks.logbook import logged
from tests.drill_ground import Ground
from tests.flows.conftest import Environments
from tests.flows.drills.conftest import Changed
from tests.flows.runs import Command, muster, slack_text
from tests.processes import wait_until
from tests.recovery import listed, make_set

DAY = timedelta(days=1)


def report_of(env: Environment) -> DrillReport:
    """Of the last drill."""
    return read_reports(env).reports[-1]


def failed(report: DrillReport) -> dict[str, str]:
    return {check.name: check.said for check in report.checks if not check.passed}


def state(env: Environment, set_id: str) -> State:
    return listed(env, set_id).set.state


def reaped(env: Environment) -> list[str]:
    """What rounds of reap remove until nothing is left to them."""
    removed: list[str] = []

    def round_of() -> bool:
        found = reap(env.name)
        removed.extend(found.removed)
        return not list_drill_drafts(env).drafts

    wait_until(round_of, seconds=60, what="the end of what the drill left")
    return removed


@pytest.mark.usefixtures("apart")
def test_the_newest_set_is_restored_and_proven(
    ground: Ground, env: Environment, taken: str, http: httpx.Client
) -> None:
    said = restore_drill.fn(env.name)
    report = report_of(env)
    assert failed(report) == {}
    assert (report.verdict, report.set_id, report.path, report.left) == (Verdict.PASSED, taken, "backup", [])
    assert re.fullmatch(
        r"restored [\d.]+ MB and \d+ documents in .* s; RTO .* of 1 h, RPO .* of 15 min; "
        rf"{len(report.checks)} of {len(report.checks)} checks passed",
        said,
    )
    for name, told in {
        "restore of the database": f"MB on drill-{report.id} (127.",
        "restore of the search": f"{report.documents} documents, ",
        "reindex": "`python app.py reindex`, of the set's release, ended well",
        "application": f"{report.image} runs as drill-{report.id}",
        "served": "10 good passes in a row of `write`, `read` and `search`, after 1",
        "production refuses the drill's logins": f"{env.name} refuses",
        "settled rows of notes": "102 rows of ",
        "invariant: every note has a word": "0",
    }.items():
        [check] = [check for check in report.checks if check.name == name]
        assert told in check.said
    assert isinstance(report.database, Loss)
    seen = [moment for moment in Moment if moment in report.timeline.at]
    assert {Moment.BEGUN, Moment.WRITABLE, Moment.REPOINTED, Moment.SERVED, Moment.CHECKED} <= set(seen)
    assert len(report.torn_down) >= 3

    proof = listed(env, taken).set.proof
    assert state(env, taken) is State.PROVEN
    assert proof
    assert (proof.drill, proof.achieved_rpo) == (f"restore drill {report.id}", report.database.achieved_rpo)
    assert proof.achieved_rto > timedelta(0)
    objects = http.get(f"/storage/v1/b/{env.vault}/o", params={"prefix": f"drills/{env.name}/{report.id}"})
    names = [item["name"].rpartition("/")[2] for item in objects.json()["items"]]
    assert sorted(names) == [f"{report.id}{end}" for end in (".html", ".json", ".json.sha256")]
    heard = slack_text(env)
    assert said in heard
    assert f"{taken} is proven by restore drill {report.id}" in heard


@pytest.mark.slow
@pytest.mark.usefixtures("one_more", "apart")
def test_to_an_instant_that_was_drawn_all_comes_back_and_the_set_is_not_proven_by_it(
    env: Environment, ground: Ground, one_more: str
) -> None:
    restore_drill.fn(env.name, which="random", path="point_in_time")
    report = report_of(env)
    assert (report.verdict, report.set_id, report.path) == (Verdict.PASSED, one_more, "point_in_time")
    assert state(env, one_more) is State.COMPLETE
    why = "its database did not come back from the set's backup"
    assert f"{one_more} stays complete: {why}" in slack_text(env)


def without(set_: RecoverySet) -> RecoverySet:
    return replace(set_, state=State.INCOMPLETE)


def expiring(set_: RecoverySet) -> RecoverySet:
    return replace(set_, expires_at=datetime.now(UTC))


@pytest.mark.usefixtures("apart")
def test_what_cannot_be_drilled_is_refused_before_anything_is_made(
    environment: Environments, env: Environment, changed: Changed
) -> None:
    wrong = make_set(env, age=DAY).id
    change_set(env, wrong, without)
    old = make_set(env, age=DAY).id
    change_set(env, old, expiring)
    bare = make_set(env, age=DAY).id
    theirs = make_set(environment(f"{env.name}-other")).id

    def refused(**asked: Any) -> str:
        with pytest.raises(Refused) as refusal:
            restore_drill.fn(env.name, **asked)
        return str(refusal.value)

    assert f"{env.name}: there is no recovery set 20000101-000000-000000" in refused(
        which="20000101-000000-000000"
    )
    assert f"{wrong} is incomplete" in refused(which=wrong)
    assert f"{old} has expired" in refused(which=old)
    assert f"{theirs} is a recovery set of {env.name}-other, not of {env.name}" in refused(which=theirs)
    both = refused(which=bare)
    assert f"{bare}: it holds no backup of the database" in both
    assert f"{bare}: it holds no snapshot" in both
    assert "'sideways' is no path" in refused(path="sideways")
    assert "'rot' is no defect" in refused(defect="rot")
    assert "kept for 7 h, and drill.longest is 6 h" in refused(keep_for="7h")
    assert "'long' is no length of time" in refused(keep_for="long")
    with changed(drill={"cost": {"cap": 0.01, "hour": 1000}}):
        assert "above the cap of 0.01" in refused()
    with (
        logged("restore drill", env, quiet=True) as book,
        leased_beside(env, "drill", f"restore drill ({book.id}, by somebody)"),
    ):
        assert "is under way" in refused()


@pytest.mark.slow
@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("at", "says"),
    [
        pytest.param(-DAY, "is before the recovery window", id="before the window"),
        pytest.param(DAY, "is in the future", id="in the future"),
    ],
)
def test_an_instant_that_cannot_be_had_is_refused(env: Environment, at: timedelta, says: str) -> None:
    with pytest.raises(Refused, match=says):
        dr_drill.fn(env.name, Scenario.CORRUPTION, datetime.now(UTC) + at)


@pytest.mark.slow
@pytest.mark.usefixtures("apart")
def test_what_is_kept_can_be_looked_into_and_is_reaped_when_its_time_is_over(
    env: Environment, http: httpx.Client
) -> None:
    restore_drill.fn(env.name, keep_for="20s")
    report = report_of(env)
    assert report.verdict is Verdict.PASSED
    assert report.torn_down == []
    assert [kept.partition(" until ")[0] for kept in report.kept] == [f"drill-{report.id}"]
    services = http.get(f"/v2/projects/{env.project}/locations/{env.region}/services").json()["services"]
    [address] = [each["uri"] for each in services if each["name"].endswith(f"drill-{report.id}")]
    assert httpx.get(f"{address}/notes/note-7", timeout=20).status_code == 200
    assert "kept until" in reap(env.name).word
    with pytest.raises(Refused, match=f"holds what drill {report.id}"):
        restore_drill.fn(env.name)
    removed = " ".join(reaped(env))
    for name in (f"service drill-{report.id}", f"instance drill-{report.id}", "-database-url"):
        assert name in removed
    assert report_of(env) == report, "it has told its end itself"


@pytest.mark.slow
@pytest.mark.usefixtures("one_more", "apart")
def test_a_release_that_does_not_start_is_red_and_does_not_speak_against_the_set(
    env: Environment, changed: Changed, one_more: str
) -> None:
    with (
        changed(drill={"service": {"env": {"CRASH": "1"}}}),
        pytest.raises(DrillFailed, match="`application` failed"),
    ):
        restore_drill.fn(env.name)
    report = report_of(env)
    assert list(failed(report)) == ["application"]
    assert report.left == []
    assert len(report.torn_down) >= 2
    assert state(env, one_more) is State.COMPLETE


@pytest.mark.slow
@pytest.mark.usefixtures("apart")
def test_a_drill_that_was_killed_is_reported_and_leaves_nothing(env: Environment) -> None:
    command = Command("drill", env.name)
    wait_until(lambda: "restore" in step_of(env), seconds=60, what="it restores")
    command.process.kill()
    command.end()
    [draft] = list_drill_drafts(env).drafts
    again = muster("drill", env.name)
    assert again.code == 2, again.said
    reaped(env)
    report = report_of(env)
    assert (report.id, report.verdict) == (draft.id, Verdict.FAILED)
    assert "ended without a word at step" in report.failure
    assert report.left == []
    assert "ended without a word" in slack_text(env)


def step_of(env: Environment) -> str:
    return " ".join(draft.step for draft in list_drill_drafts(env).drafts)


@pytest.mark.slow
@pytest.mark.usefixtures("apart")
def test_what_cannot_be_taken_down_is_told_and_reaped(
    env: Environment, http: httpx.Client, taken: str
) -> None:
    before = state(env, taken)
    refusal = {"action": "refuse", "method": "DELETE", "path": "/instances/drill-", "status": 403}
    http.post("/faults", json={**refusal, "times": 10_000}).raise_for_status()
    with pytest.raises(DrillFailed, match=f"muster reap {env.name}"):
        restore_drill.fn(env.name, which=taken)
    report = report_of(env)
    assert failed(report) == {}, "all was well but its end"
    assert report.verdict is Verdict.FAILED
    [left] = report.left
    assert left.startswith(f"instance drill-{report.id} (")
    assert state(env, taken) is before
    http.delete("/faults").raise_for_status()
    assert f"instance drill-{report.id}" in " ".join(reaped(env))


@pytest.mark.slow
@pytest.mark.usefixtures("one_more", "apart")
def test_a_recovery_that_takes_too_long_misses_its_objective_and_proves_the_set_all_the_same(
    env: Environment, changed: Changed, one_more: str
) -> None:
    with changed(objectives={"restore": {"rto": "1s", "rpo": "15m"}}):
        ended = muster("drill", env.name)
    assert ended.code == 1
    assert "objective missed: RTO" in ended.said
    assert "First: look at the longest phase, " in ended.said
    report = report_of(env)
    assert report.verdict is Verdict.MISSED
    proof = listed(env, one_more).set.proof
    assert state(env, one_more) is State.PROVEN
    assert proof
    assert proof.achieved_rto > timedelta(seconds=1)


@pytest.mark.slow
@pytest.mark.usefixtures("apart")
def test_without_a_heartbeat_no_loss_is_measured_and_that_is_said(env: Environment, changed: Changed) -> None:
    with changed(heartbeat=None):
        said = restore_drill.fn(env.name)
    assert "RPO not measured of 15 min" in said
    report = report_of(env)
    assert report.verdict is Verdict.PASSED
    assert isinstance(report.database, Unmeasurable)
    assert "the RPO will not be measurable" in slack_text(env)
