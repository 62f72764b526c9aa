"""Reports of drills in the vault: written once, whole in the end whatever happens, and read for the trend."""

import hashlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from clients.environment import Environment
from clients.errors import AlreadyThere, ClientError
from clients.objects import list_names, read_text, write_text_once
from domain.drill_check import Result
from domain.drill_json import from_text
from domain.drill_report import DrillReport, Verdict
from domain.loss import Unmeasurable
from domain.refusal import Refused
from domain.vault_layout import drill_page_name, drill_report_name, drills
from tasks.drill_reports import (
    complete_report,
    concluded,
    document_of,
    read_report,
    read_reports,
    write_report,
)
from tests.domain.drills import NOON, beats, check, loss, report
from tests.faults.api import Faults
from tests.flows.conftest import Environments

DATABASE = {"instance": "none", "name": "none", "credentials": "none"}
HEARTBEAT = {"credentials": "none"}


@pytest.fixture
def env(environment: Environments) -> Environment:
    return environment(f"t-drills-{secrets.token_hex(3)}", slack=None)


@pytest.fixture
def faults(env: Environment) -> Iterator[Faults]:
    with httpx.Client(base_url=env.endpoints.google) as http:
        yield Faults(http)


def drilled(env: Environment, days: float = 0, **fields: Any) -> DrillReport:
    """A report of this environment's, of so many days ago."""
    at = NOON - timedelta(days=days)
    drill = f"{at:%Y%m%d-%H%M%S}-1a2b3c"
    return report(environment=env.name, id=drill, started_at=at, **fields)


def objects(env: Environment) -> list[str]:
    return [name.removeprefix(drills(env.name)) for name in list_names(env, env.vault, drills(env.name))]


def test_report_page_and_sum_are_written_and_read(env: Environment) -> None:
    own = drilled(env)
    evidence = write_report(env, own)
    name = drill_report_name(env.name, own.id)
    assert objects(env) == [f"{own.id}.html", f"{own.id}.json", f"{own.id}.json.sha256"]
    assert [what for what, _ in evidence] == ["Report", "Report as JSON"]
    text = read_text(env, env.vault, name) or ""
    assert read_text(env, env.vault, f"{name}.sha256") == (
        f"{hashlib.sha256(text.encode()).hexdigest()}  {own.id}.json\n"
    )
    assert read_report(env, own.id) == concluded(env, own)
    page = quote(drill_page_name(env.name, own.id), safe="")
    answer = httpx.get(f"{env.endpoints.google}/storage/v1/b/{env.vault}/o/{page}?alt=media")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "inline", "a browser shows it"
    assert "restored 1.4 GB and 100,000 documents in 41 s; RTO 58 s of 1 h, RPO 3 s of 15 min" in answer.text


def test_the_page_shows_the_drills_before_it_and_its_own(env: Environment) -> None:
    write_report(env, drilled(env, 60))
    write_report(env, drilled(env, 30, checks=[check("rows", Result.FAILED, "empty")]))
    write_report(env, drilled(env, 20, defect="stale"))
    own = drilled(env)
    write_report(env, own)
    made = from_text(read_text(env, env.vault, drill_report_name(env.name, own.id)) or "")
    assert [each.verdict for each in made.trend] == [Verdict.PASSED, Verdict.FAILED, Verdict.PASSED]
    assert made.confidence == "2 of 3 drills passed: with 95 % confidence at least 13 % of restores would"
    assert [each.id for each in read_reports(env).reports] == sorted(
        drilled(env, days).id for days in (60, 30, 20, 0)
    )
    assert [each.id for each in read_reports(env, newest=1).reports] == [own.id]


def test_written_again_it_stays_what_it_was_although_drills_came_between(env: Environment) -> None:
    own = drilled(env)
    first = write_report(env, own)
    before = read_text(env, env.vault, drill_report_name(env.name, own.id))
    write_report(env, drilled(env, 1))
    assert write_report(env, own) == first
    assert write_report(env, concluded(env, own)) == first
    assert complete_report(env, own.id) == first
    assert read_text(env, env.vault, drill_report_name(env.name, own.id)) == before


def test_beats_in_another_order_are_the_same_report(env: Environment) -> None:
    own = drilled(env, database=loss(3, lost=beats(9, 7, 8)))
    assert write_report(env, own) == write_report(env, own)


def test_lost_answers_make_no_second(env: Environment, faults: Faults) -> None:
    own = drilled(env)
    lost = faults.arm("drop_answer", method="POST", path=f"/upload/.*/b/{env.vault}/", times=3)
    evidence = write_report(env, own)
    assert faults.met(lost) == 3
    assert len(objects(env)) == 3
    assert write_report(env, own) == evidence


@pytest.mark.parametrize("written", [0, 1, 2], ids=["nothing", "the report", "report and sum"])
def test_one_that_ended_between_is_made_whole_by_the_next(
    env: Environment, faults: Faults, written: int
) -> None:
    own = drilled(env)
    fault = faults.arm(
        "refuse", method="POST", path=f"/upload/.*/b/{env.vault}/", status=403, skip=written, times=100
    )
    with pytest.raises(ClientError):
        write_report(env, own)
    assert len(objects(env)) == written
    faults.remove(fault)
    assert bool(complete_report(env, own.id)) is bool(written), "which whoever cleans up calls"
    assert len(write_report(env, own)) == 2
    assert len(objects(env)) == 3


def test_two_at_once_write_one(env: Environment) -> None:
    own = drilled(env)
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: write_report(env, own), range(4)))
    assert all(each == ended[0] for each in ended)
    assert len(objects(env)) == 3


def test_another_report_of_that_drill_is_not_overwritten(env: Environment) -> None:
    own = drilled(env)
    died = replace(own, failure="the drill's process ended without a word", checks=[])
    evidence = write_report(env, died)
    with pytest.raises(AlreadyThere, match="another report of that drill stands there"):
        write_report(env, own)
    assert complete_report(env, own.id) == evidence
    found = read_report(env, own.id)
    assert found
    assert found.verdict is Verdict.FAILED


def test_one_that_cannot_be_read_is_told_and_hides_no_other(env: Environment, faults: Faults) -> None:
    write_report(env, drilled(env, 30))
    name = drill_report_name(env.name, drilled(env, 20).id)
    write_text_once(env, env.vault, name, '{"version": 1}')
    write_report(env, drilled(env, 10))
    faults.arm("refuse", method="GET", path=drilled(env, 10).id, status=403, times=1)
    found = read_reports(env)
    assert [each.id for each in found.reports] == [drilled(env, 30).id]
    assert f"gs://{env.vault}/{name}: it is no report of a drill: report has no 'achieved'" in found.unread[0]
    assert drilled(env, 10).id in found.unread[1]
    own = drilled(env)
    assert len(document_of(env, own).unread) == 1
    with pytest.raises(Refused, match="it is no report of a drill"):
        read_report(env, drilled(env, 20).id)


def test_that_the_drills_before_cannot_be_listed_keeps_no_report_from_being_written(
    env: Environment, faults: Faults
) -> None:
    own = drilled(env)
    faults.arm("refuse", method="GET", path=rf"/b/{env.vault}/o\?.*prefix", status=403, times=1)
    write_report(env, own)
    made = from_text(read_text(env, env.vault, drill_report_name(env.name, own.id)) or "")
    assert "listing it" in made.unread[0]


@pytest.mark.parametrize(
    ("over", "metered", "verdict"),
    [
        pytest.param({}, (), Verdict.PASSED, id="no heartbeat"),
        pytest.param(
            {"database": DATABASE, "heartbeat": HEARTBEAT}, ("database",), Verdict.FAILED, id="a heartbeat"
        ),
    ],
)
def test_what_has_a_heartbeat_must_be_measurable(
    environment: Environments, over: dict[str, Any], metered: tuple[str, ...], verdict: Verdict
) -> None:
    env = environment(f"t-metered-{secrets.token_hex(3)}", **over)
    found = concluded(env, drilled(env, database=Unmeasurable("no beat"), search=None))
    assert found.metered == metered
    assert found.verdict is verdict
