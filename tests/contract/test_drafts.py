"""Drafts of records: written over one's own, known by their age, never over what somebody else did."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.drafts import delete_draft, is_kept, list_drafts, read_draft, write_draft
from clients.environment import Environment
from clients.errors import Rejected
from domain.draft import Draft
from domain.record import ReleaseRecord
from tests.contract.conftest import Faults
from tests.environments import STATE

RUN = "20261122-141503-1a2b3c"
RECORD = ReleaseRecord(RUN, "deploy", "e", "ali", "v2", "ana", datetime(2026, 11, 22, tzinfo=UTC))
DRAFT = Draft(RECORD, "build", "C1", "1.2")


def write(env: Environment, generation: int, writer: str = "me") -> int | None:
    return write_draft(env, RUN, DRAFT.to_json(), writer, generation)


def test_what_was_written_is_read_and_listed_with_its_age(env: Environment) -> None:
    assert list_drafts(env) == []
    assert write(env, 0)
    assert read_draft(env, RUN) == DRAFT
    [kept] = list_drafts(env)
    assert kept.id == RUN
    assert timedelta(seconds=-2) < kept.age < timedelta(minutes=1)
    delete_draft(env, RUN)
    delete_draft(env, RUN)
    assert read_draft(env, RUN) is None


def test_many_are_listed_over_several_pages(env: Environment) -> None:
    for run in ("a", "b", "c"):
        write_draft(env, run, DRAFT.to_json(), "me", 0)
    assert [kept.id for kept in list_drafts(env, page=2)] == ["a", "b", "c"]


def test_each_generation_is_written_over_once(env: Environment) -> None:
    first = write(env, 0)
    assert first
    second = write(env, first)
    assert second
    assert second > first


def test_a_lost_answer_was_us(env: Environment, faults: Faults) -> None:
    first = write(env, 0)
    assert first
    faults.add("drop_answer", "/upload/", "POST")
    second = write(env, first)
    assert second
    assert write(env, second)


@pytest.mark.parametrize("taken", ["deleted", "written"])
def test_what_somebody_else_took_is_not_ours_any_more(env: Environment, taken: str) -> None:
    first = write(env, 0)
    assert first
    delete_draft(env, RUN)
    if taken == "written":
        assert write(env, 0, "somebody else")
    assert write(env, first) is None
    assert not is_kept(env, RUN, "me")


def test_what_is_no_draft_is_named(env: Environment, http: httpx.Client) -> None:
    name = f"runs/{env.name}/{RUN}.json"
    http.post(f"/upload/storage/v1/b/{STATE}/o", params={"uploadType": "media", "name": name}, content=b"{}")
    with pytest.raises(Rejected, match=f"gs://{STATE}/{name}: what is there is no draft"):
        read_draft(env, RUN)
