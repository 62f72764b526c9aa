"""Runs through a real Prefect server and its worker: from the UI's parameters to what a person sees there."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.environment import Environment
from domain.record import Result
from domain.recovery_set import State
from examples.demo.prefect_api import Prefect
from examples.demo.prefect_server import PrefectServer
from examples.demo.processes import process_of
from tests.environments import SECOND_VAULT
from tests.flows.conftest import LONG, Environments, Releases
from tests.flows.runs import aftermath, canary_share, establish, slack_text, users, wait_for_canary
from tests.prefect_ground import asked, end_of, opened
from tests.processes import wait_until
from tests.recovery import listed, make_set

pytestmark = pytest.mark.slow  # the server takes half a minute to start


@pytest.fixture(scope="module")
def server(environment: Environments, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    with opened(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture(scope="module")
def prefect(server: PrefectServer) -> Iterator[Prefect]:
    with asked(server) as prefect:
        yield prefect


def ask_for_deploy(prefect: Prefect, env: Environment, source: Path) -> str:
    """As somebody would fill the form in the UI."""
    release: dict[str, Any] = {"ref": source.name, "source": str(source)}
    return prefect.ask_for("deploy", environment=env.name, release=release)


def logged(prefect: Prefect, run: str) -> str:
    """What Muster has logged of a run, as far as Prefect has it: the log is sent in batches."""
    return "\n".join(text for logger, text in prefect.lines(run, 0) if logger == "muster")


def test_a_release_is_promoted_and_the_run_shows_it(
    served: Environment, releases: Releases, prefect: Prefect
) -> None:
    with users(served):
        run = ask_for_deploy(prefect, served, releases("good"))
        assert end_of(prefect, run) == "COMPLETED"
    left = aftermath(served)
    assert left.record.result is Result.PROMOTED
    assert left.is_settled_on(left.record.canary)
    assert left.record.run_url == prefect.link(run)
    shown = prefect.artifacts(run)
    assert "data:image/svg+xml" in shown["markdown"], "a chart"
    assert left.record.canary in shown["markdown"]
    assert "prove at 50 %" in shown["table"]
    wait_until(lambda: "50 %: pass" in logged(prefect, run), what="the verdict in the run's log")
    page = httpx.get(f"{served.endpoints.slack}/{served.name}").text
    assert left.record.run_url in page, "a link from Slack to the run"
    assert left.record.record_url.replace("&", "&amp;") in page, "and to the record"


def test_a_refused_release_fails_its_run_and_says_why(
    served: Environment, releases: Releases, prefect: Prefect
) -> None:
    run = ask_for_deploy(prefect, served, releases("nowhere") / "missing")
    assert end_of(prefect, run) == "FAILED"
    left = aftermath(served)
    assert left.record.result is Result.REFUSED
    assert "missing" in left.record.reason


@pytest.mark.parametrize("served", [LONG], indirect=True, ids=["a long hold"])
def test_cancelling_takes_the_users_back(served: Environment, releases: Releases, prefect: Prefect) -> None:
    before = aftermath(served).record.canary
    with users(served):
        run = ask_for_deploy(prefect, served, releases("good"))
        wait_for_canary(served)
        prefect.cancel(run)
        assert end_of(prefect, run) == "CANCELLED"
    left = aftermath(served)
    assert left.is_settled_on(before)
    assert left.record.result is Result.ROLLED_BACK
    assert "rolled back" in left.slack


@pytest.mark.parametrize("served", [LONG], indirect=True, ids=["a long hold"])
def test_a_rollback_from_the_ui_takes_over(served: Environment, releases: Releases, prefect: Prefect) -> None:
    before = aftermath(served).record.canary
    with users(served):
        run = ask_for_deploy(prefect, served, releases("good"))
        wait_for_canary(served)
        back = prefect.ask_for("rollback", environment=served.name)
        assert end_of(prefect, back) == "COMPLETED"
        assert end_of(prefect, run) == "FAILED"
    left = aftermath(served)
    assert left.is_settled_on(before)


@pytest.mark.parametrize("served", [LONG], indirect=True, ids=["a long hold"])
def test_a_killed_run_is_rolled_back_by_an_automation(
    served: Environment, releases: Releases, prefect: Prefect
) -> None:
    before = aftermath(served).record.canary
    with users(served):
        run = ask_for_deploy(prefect, served, releases("good"))
        wait_for_canary(served)
        told = "prove at 20 %: 80 % "
        wait_until(lambda: prefect.message(run).startswith(told), what=f"a state that tells of {told}")
        os.kill(process_of(run), signal.SIGKILL)
        assert end_of(prefect, run) == "CRASHED"
        wait_until(lambda: not canary_share(served), seconds=60, what="users back on the baseline")
        wait_until(lambda: aftermath(served).record.ref == "good", what="the run's record")
        wait_until(lambda: aftermath(served).lease is None, what="the end of the automation's rollback")
    left = aftermath(served)
    assert left.is_settled_on(before)
    assert left.record.result is Result.ROLLED_BACK
    assert "ended without a word" in left.slack


def test_a_late_crashed_does_not_touch_a_deploy_that_goes_on(
    environment: Environments, releases: Releases, prefect: Prefect
) -> None:
    """As the detection of zombies may err: the deploy's lease is alive."""
    env = environment("t-late-crashed", canary={"hold": "25s", "steps": [20]})
    establish(env, releases("first"))
    with users(env):
        run = ask_for_deploy(prefect, env, releases("good"))
        wait_for_canary(env)
        prefect.call_crashed(run)
        rollback = wait_until(lambda: prefect.newest_run("rollback", env.name), what="the automation's run")
        wait_until(lambda: aftermath(env).record.ref == "good", seconds=90, what="the deploy's record")
        assert end_of(prefect, rollback) == "COMPLETED"
    left = aftermath(env)
    assert left.record.result is Result.PROMOTED
    assert left.is_settled_on(left.record.canary)


@pytest.mark.parametrize("served", [LONG], indirect=True, ids=["a long hold"])
def test_an_order_from_the_ui(served: Environment, releases: Releases, prefect: Prefect) -> None:
    with users(served):
        run = ask_for_deploy(prefect, served, releases("good"))
        wait_for_canary(served)
        told = prefect.ask_for("order", "promote", environment=served.name)
        assert end_of(prefect, told) == "COMPLETED"
        assert end_of(prefect, run) == "COMPLETED"
    left = aftermath(served)
    assert left.is_settled_on(left.record.canary)
    assert any("promoted by tester" in note for note in left.record.notes)


def test_a_set_is_verified_and_copied_and_the_runs_show_it(
    environment: Environments, prefect: Prefect
) -> None:
    env = environment("t-prefect-sets", second_vault=SECOND_VAULT)
    manifest = make_set(env)
    for flow, says in (("verify-set", "checked, and all right"), ("copy-set", "copied to europe-west1")):
        run = prefect.ask_for(flow, environment=env.name)
        assert end_of(prefect, run) == "COMPLETED"
        assert "**done** after" in prefect.artifacts(run)["markdown"]
        assert f"{says}: `{manifest.id}`" in prefect.artifacts(run)["markdown"]
    found = listed(env, manifest.id).set
    assert found.state is State.CHECKED
    assert found.copies
    run = prefect.ask_for("copy-set", environment="t-prefect-sets", set_id="none")
    assert end_of(prefect, run) == "FAILED"
    assert "there is no recovery set none" in prefect.message(run)


def test_prefects_server_gone_in_mid_run_neither_fails_the_deploy_nor_takes_it_back(
    served: Environment, releases: Releases, prefect: Prefect, server: PrefectServer
) -> None:
    """The last of this module: the server does not come back."""
    before = aftermath(served).record.id
    with users(served):
        ask_for_deploy(prefect, served, releases("good"))
        wait_for_canary(served)
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
        wait_until(lambda: aftermath(served).record.id != before, seconds=120, what="the deploy's record")
    left = aftermath(served)
    assert left.record.result is Result.PROMOTED
    assert left.is_settled_on(left.record.canary)
    assert canary_share(served) == 0
    end = f"promoted: all traffic on {left.record.canary}"
    wait_until(lambda: end in slack_text(served), what="Slack's word of the end, which follows the record")
