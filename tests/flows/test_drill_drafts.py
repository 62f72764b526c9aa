"""The draft of a drill under way: written before anything is made, by one process, whatever gets lost."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.drill_drafts import (
    delete_drill_draft,
    drill_draft_generation,
    list_drill_drafts,
    read_drill_draft,
    write_drill_draft,
)
from clients.environment import Environment
from clients.errors import AlreadyThere, Rejected
from clients.objects import write_json
from domain.lease import LeaseLost
from domain.run_report import RunReport
from tasks.drill_drafts import OpenDrill, kept_until, open_drill
from tasks.held_lease import HeldLease
from tasks.leases import leased_beside
from tasks.logbook import logged
from tasks.runs import new_id
from tests.faults.api import Faults
from tests.flows.conftest import Environments, own_name
from tests.processes import wait_until


@pytest.fixture
def env(environment: Environments, request: pytest.FixtureRequest) -> Environment:
    return environment(own_name(request), drill={"lease": "2m"})


@pytest.fixture
def report(env: Environment) -> RunReport:
    return RunReport(new_id(), "restore drill", env.name, env.service.name, "tester", datetime.now(UTC))


@pytest.fixture
def lease(env: Environment, report: RunReport) -> Iterator[HeldLease]:
    with leased_beside(env, "drill", report.holder) as held:
        yield held


@pytest.fixture
def opened(env: Environment, report: RunReport, lease: HeldLease) -> OpenDrill:
    return open_drill(env, report, lease)


def test_it_tells_what_will_be_made_before_it_is(
    env: Environment, report: RunReport, lease: HeldLease, opened: OpenDrill
) -> None:
    first = read_drill_draft(env, report.id)
    assert first == opened.draft
    assert opened.draft.target == f"drill-{report.id}"
    assert first.length == timedelta(minutes=2)
    opened.keep_until(kept_until(lease, timedelta(hours=1)))
    draft = read_drill_draft(env, report.id)
    assert draft
    assert draft.kept_until
    assert timedelta(minutes=59) < draft.kept_until - draft.began_at < timedelta(minutes=61)
    opened.close(kept=True)
    assert list_drill_drafts(env).drafts == (replace(draft, ended=True),)


def test_the_step_and_the_place_follow_without_being_waited_for(
    env: Environment, report: RunReport, opened: OpenDrill
) -> None:
    with logged("restore drill", env) as book:
        opened.follow(book)
        with book.step("choose set"):
            pass
        wait_until(lambda: book.place, what="the message")
        with book.step("restore database"), book.step("restore search"):
            pass

    def told() -> bool:
        draft = read_drill_draft(env, report.id)
        assert book.place
        return bool(draft and draft.step == "restore database" and draft.ts == book.place.ts)

    wait_until(told, what="the newest step")
    opened.close()
    assert not list_drill_drafts(env).drafts


def test_a_lost_answer_is_no_second_draft_and_no_stranger(
    env: Environment, report: RunReport, lease: HeldLease, http: httpx.Client
) -> None:
    faults = Faults(http)
    path = {"method": "POST", "path": "/upload/", "body": f"drills/{env.name}/"}
    first = faults.arm("drop_answer", **path)
    opened = open_drill(env, report, lease)
    second = faults.arm("drop_answer", **path)
    until = kept_until(lease, timedelta(hours=1))
    opened.keep_until(until)
    assert (faults.met(first), faults.met(second)) == (1, 1)
    assert opened.draft.kept_until == until
    assert read_drill_draft(env, report.id) == opened.draft
    opened.close()


def test_a_drill_is_opened_once(
    env: Environment, report: RunReport, lease: HeldLease, opened: OpenDrill
) -> None:
    opened.keep_until(kept_until(lease, timedelta(hours=1)))
    with pytest.raises(AlreadyThere, match="was noted before"):
        open_drill(env, report, lease)


@pytest.mark.parametrize("by", ["taken away", "written"])
def test_who_was_taken_for_dead_makes_nothing_more(
    env: Environment,
    report: RunReport,
    lease: HeldLease,
    opened: OpenDrill,
    by: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if by == "written":
        generation = drill_draft_generation(env, report.id)
        assert write_drill_draft(env, replace(opened.draft, removed=("all",)), generation)
    else:
        delete_drill_draft(env, report.id)
    with pytest.raises(LeaseLost, match="taken for dead"):
        opened.keep_until(kept_until(lease, timedelta(hours=1)))
    with caplog.at_level(logging.WARNING, "muster"):
        opened.note_step("another")
        opened.close(kept=True)
    assert "taken for dead" in caplog.text


def test_what_is_no_draft_hides_no_other(env: Environment, report: RunReport, opened: OpenDrill) -> None:
    write_json(env, env.state, f"drills/{env.name}/odd", {"id": "odd"})
    found = list_drill_drafts(env)
    assert [draft.id for draft in found.drafts] == [report.id]
    assert "what is there is no draft of a drill" in found.unread[0]
    with pytest.raises(Rejected, match="look for what it names"):
        read_drill_draft(env, "odd")
    opened.close()
