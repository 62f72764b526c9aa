"""What drills that died have left is removed by `muster reap`, and nothing else is touched."""

import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from elasticsearch import Elasticsearch

from clients.cloud_sql import admin
from clients.cluster_marks import read_mark, write_mark
from clients.drill_drafts import list_drill_drafts, read_drill_draft
from clients.environment import Environment
from clients.leases import read_lease
from domain.drill_report import Verdict
from domain.lease import LeaseLost
from domain.restore_mark import RestoreMark
from flows.reap import reap
from tasks.drill_reports import read_report
from tasks.leases import leased_beside
from tests.contract.conftest import plain_secret
from tests.drills import DeadDrill, in_an_hour
from tests.faults.api import Faults
from tests.flows.conftest import Environments, own_name
from tests.flows.runs import Command, muster, slack_text
from tests.processes import wait_until
from tests.sandbox.sql_client import Client

YEAR = 365 * 24 * 3600


@pytest.fixture
def env(environment: Environments, request: pytest.FixtureRequest) -> Environment:
    """An environment of the test's own; nothing runs in it."""
    return environment(own_name(request), drill={"lease": "1s"})


@pytest.fixture
def dead(env: Environment, http: httpx.Client) -> DeadDrill:
    return DeadDrill(env, http)


@pytest.mark.slow
def test_all_that_a_dead_drill_has_left_goes_and_its_report_tells_so(
    env: Environment, dead: DeadDrill, http: httpx.Client
) -> None:
    """Its instance has neither its labels yet nor other settings than its source's: the drill died as it was
    cloned. So it is protected, takes backups, and leaves them behind."""
    dead.hold()
    dead.draft(set_id="20261123-000000-00000a")
    with closing(Client(env.endpoints.google)) as sql:
        name = dead.target.name
        sql.create(name, deletionProtectionEnabled=True, retainBackupsOnDelete=True)
        sql.do("backupRuns", "insert", instance=name, body={"description": "its own"})
    made = {name, dead.secret(), dead.job(), dead.service()}
    plain_secret(http, env.project, f"{env.name}-of-the-service", "kept")
    assert reap(env.name).removed == (), "a live lease answers for it"
    assert dead.left() == made

    dead.die()
    ended = muster("reap", env.name)
    assert ended.code == 0, ended.said
    assert not dead.left()
    assert not backups_of(env, name)
    assert not list_drill_drafts(env).drafts
    assert read_lease(env, "drill").reading is None, "the lapsed one is taken, and given back"
    assert http.get(f"/v1/projects/{env.project}/secrets/{env.name}-of-the-service").status_code == 200
    report = read_report(env, dead.id)
    assert report
    assert report.verdict is Verdict.FAILED
    assert report.failure == "the drill's process ended without a word at step 'restore database'"
    assert report.set_id == "20261123-000000-00000a"
    assert [text.rpartition(" ")[0] for text in report.torn_down] == [
        "Cloud Run service",
        "Cloud Run job",
        "secret",
        "Cloud SQL instance",
        "backup",
    ]
    assert not report.left
    assert "ended without a word at step 'restore database'" in slack_text(env)
    assert reap(env.name).word == "nothing to reap"


def test_what_is_kept_stays_until_then_and_goes_without_a_word(env: Environment, dead: DeadDrill) -> None:
    draft = dead.draft(kept_until=in_an_hour(), ended=True)
    secret = dead.secret()
    dead.die()
    assert reap(env.name).word.startswith(f"drill {dead.id}: kept until ")
    assert dead.left() == {secret}
    dead.rewrite(draft, kept_until=datetime.now(UTC) - timedelta(seconds=5))
    assert reap(env.name).removed == (f"secret {secret}",)
    assert not dead.left()
    assert not list_drill_drafts(env).drafts


def test_beside_a_live_drill_what_another_has_left_goes(env: Environment, http: httpx.Client) -> None:
    dead, live = DeadDrill(env, http), DeadDrill(env, http)
    dead.draft()
    dead.secret()
    dead.die()
    live.hold()
    live.draft()
    kept = {live.secret(), live.job()}
    assert len(reap(env.name).removed) == 1
    assert not dead.left()
    assert live.left() == kept
    assert read_report(env, dead.id)
    assert read_report(env, live.id) is None
    assert [draft.id for draft in list_drill_drafts(env).drafts] == [live.id]


def test_another_environment_s_drills_are_none_of_its_business(
    env: Environment, environment: Environments, http: httpx.Client
) -> None:
    theirs = DeadDrill(environment(f"{env.name[:30]}-2", drill={"lease": "1s"}), http)
    theirs.draft()
    secret = theirs.secret()
    theirs.die()
    assert reap(env.name).word == "nothing to reap"
    assert theirs.left() == {secret}
    assert reap(theirs.env.name).removed


@pytest.mark.slow
def test_a_round_that_is_killed_is_gone_on_with(
    env: Environment, dead: DeadDrill, http: httpx.Client
) -> None:
    dead.draft()
    made = {dead.service(), dead.job(), dead.secret("one"), dead.secret("two")}
    dead.die()
    faults = Faults(http)
    fault = faults.arm("hold", method="DELETE", path=f"secrets/{dead.target.name}-one", times=1)
    command = Command("reap", env.name)
    assert faults.wait_held(fault, lambda: command.process.poll() is None)
    command.process.kill()
    command.end()
    faults.remove(fault, carry_out=False)
    assert read_drill_draft(env, dead.id), "it is there as long as anything may be"
    assert dead.left() < made
    wait_until(lambda: not reap(env.name).word.startswith("left to others"), what="the end of its lease")
    assert not dead.left()
    report = read_report(env, dead.id)
    assert report
    assert len(report.torn_down) == len(made), "what the first one removed is told, too"
    assert not list_drill_drafts(env).drafts


def test_what_cannot_be_removed_holds_up_nothing_else_and_is_told(
    env: Environment, dead: DeadDrill, http: httpx.Client
) -> None:
    dead.draft()
    stubborn = dead.secret("one")
    dead.secret("two")
    dead.job()
    dead.die()
    faults = Faults(http)
    fault = faults.arm("refuse", method="DELETE", path=f"secrets/{stubborn}", times=1000)
    ended = muster("reap", env.name)
    assert ended.code == 1
    assert f"left: secret {stubborn}" in ended.said
    assert dead.left() == {stubborn}
    report = read_report(env, dead.id)
    assert report
    assert [text.partition(":")[0] for text in report.left] == [f"secret {stubborn}"]
    assert read_drill_draft(env, dead.id), "so that it is found again"
    faults.remove(fault)
    assert not reap(env.name).left
    assert not dead.left()
    assert not list_drill_drafts(env).drafts
    assert read_report(env, dead.id) == report, "what stands in the vault stays"


def test_what_cannot_be_listed_leaves_the_draft_where_it_is(
    env: Environment, dead: DeadDrill, http: httpx.Client
) -> None:
    dead.draft()
    secret = dead.secret()
    dead.job()
    dead.die()
    faults = Faults(http)
    fault = faults.arm("refuse", method="GET", path="/secrets$", status=403, times=1000)
    reaped = reap(env.name)
    assert reaped.left
    faults.remove(fault)
    assert dead.left() == {secret}
    assert read_drill_draft(env, dead.id)
    assert read_report(env, dead.id) is None
    assert not reap(env.name).left
    assert read_report(env, dead.id)


@pytest.mark.slow
def test_two_rounds_at_once_do_it_once(env: Environment, dead: DeadDrill) -> None:
    dead.draft()
    dead.secret()
    dead.job()
    dead.die()
    both = [Command("reap", env.name) for _ in range(2)]
    assert [each.end().code for each in both] == [0, 0]
    assert not dead.left()
    assert not list_drill_drafts(env).drafts
    assert read_report(env, dead.id)
    assert slack_text(env).count("ended without a word") == 2, "the message and one word in its thread"


@pytest.mark.slow
def test_a_process_that_wakes_finds_its_lease_gone(env: Environment, dead: DeadDrill) -> None:
    """One that slept while `reap` took it for dead: it makes nothing more."""
    with leased_beside(env, "drill", dead.holder) as lease:
        dead.draft()
        dead.secret()
        wait_until(lambda: not reap(env.name).word.startswith("drill "), what="a lease that has lapsed")
        with pytest.raises(LeaseLost):
            lease.check()
    assert not dead.left()


@pytest.mark.slow
@pytest.mark.parametrize("off", [pytest.param(YEAR, id="ahead"), pytest.param(-YEAR, id="behind")])
def test_a_clock_that_is_off_by_a_year_removes_nothing_of_a_live_drill(
    env: Environment, http: httpx.Client, tmp_path: Path, off: int
) -> None:
    clock, compiler = tmp_path / "clock.so", shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler (cc) to make a clock with")
    source = Path(__file__).parents[1] / "faults" / "clock.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(clock), str(source), "-ldl"], check=True)
    live, dead, kept = (DeadDrill(env, http) for _ in range(3))
    dead.draft()
    dead.secret()
    kept.draft(kept_until=in_an_hour())
    kept.secret()
    dead.die()
    live.draft()
    live.secret()
    live.hold()
    ended = muster("reap", env.name, LD_PRELOAD=str(clock), CLOCK_OFF=str(off))
    assert ended.code == 0, ended.said
    assert live.left()
    assert kept.left()
    assert not dead.left()


SEARCH = {"credentials": "ali-elasticsearch-url", "indices": ["reap-*"], "repository": "vault"}
ISOLATED = {"lease": "1s", "search": "ali-drill-elasticsearch-url"}


@pytest.mark.slow
def test_what_it_made_in_the_isolated_cluster_goes_by_the_mark_that_it_left_there(
    environment: Environments, http: httpx.Client, isolation: Elasticsearch
) -> None:
    env = environment("t-reap-cluster", search=SEARCH, drill=ISOLATED)
    dead = DeadDrill(env, http)
    for name in ("reap-one", "somebody-s"):
        isolation.indices.create(index=name)
    at = datetime.now(UTC)
    mark = RestoreMark(dead.id, env.name, "vault/snapshot", at, ("reap-one", "reap-that-was-never-made"))
    write_mark(dead.target.env, mark)
    dead.draft(cluster="ali-drill-elasticsearch-url")
    dead.die()
    assert not reap(env.name).left
    assert not isolation.indices.exists(index="reap-one")
    assert isolation.indices.exists(index="somebody-s")
    assert read_mark(dead.target.env) is None
    assert not list_drill_drafts(env).drafts
    report = read_report(env, dead.id)
    assert report
    assert "reap-one" in " ".join(report.torn_down)
    isolation.indices.delete(index="somebody-s")


@pytest.mark.slow
def test_what_another_drill_made_in_the_isolated_cluster_stays(
    environment: Environments, http: httpx.Client, isolation: Elasticsearch
) -> None:
    env = environment("t-reap-theirs", search=SEARCH, drill=ISOLATED)
    dead, live = DeadDrill(env, http), DeadDrill(env, http)
    dead.draft(cluster="ali-drill-elasticsearch-url")
    dead.secret()
    dead.die()
    live.hold()
    isolation.indices.create(index="reap-live")
    mark = RestoreMark(live.id, env.name, "vault/snapshot", datetime.now(UTC), ("reap-live",))
    write_mark(live.target.env, mark)
    assert not reap(env.name).left
    assert not dead.left()
    assert isolation.indices.exists(index="reap-live")
    assert read_mark(live.target.env) == mark
    isolation.indices.delete(index="reap-live")
    write_mark(live.target.env, None)


def test_it_never_imports_prefect(env: Environment) -> None:
    script = (
        "import sys; sys.argv = ['muster', 'reap', sys.argv[1]]\n"
        "from cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'prefect' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, env.name], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "False"]


def backups_of(env: Environment, instance: str) -> list[str]:
    found = admin(env).Backups().ListBackups(parent=f"projects/{env.project}").execute()
    return [item["name"] for item in found.get("backups", []) if item.get("instance") == instance]
