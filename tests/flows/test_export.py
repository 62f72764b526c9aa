"""Exports: one for the newest complete set, whatever became of the run that began it."""

import gzip
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from clients.catalogue import read_catalogue, write_manifest
from clients.environment import Environment
from clients.exports import begin_export, exports_to
from clients.leases import read_lease
from domain.freshness import Limits, freshness
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part, RecoverySet
from domain.refusal import Refused
from examples.landscape import DATABASE, INSTANCE
from flows.export import export
from tasks.catalogue import change_set
from tasks.exports import ExportFailed, note_export
from tasks.logbook import logged
from tasks.runs import new_id
from tests.faults.api import Faults
from tests.flows.conftest import Environments
from tests.flows.runs import Command, slack_text
from tests.processes import wait_until

OWN: dict[str, Any] = {"instance": INSTANCE, "name": DATABASE, "credentials": "ali-muster-database-url"}
HOUR = timedelta(hours=1)


@pytest.fixture
def env(environment: Environments) -> Environment:
    return environment(f"t-export-{secrets.token_hex(3)}", database=OWN)


@pytest.fixture
def faults(http: httpx.Client) -> Faults:
    return Faults(http)


def new_set(env: Environment, ago: timedelta = timedelta(0)) -> str:
    """A complete set, taken so long ago; its id."""
    at, set_id = datetime.now(UTC) - ago, new_id()
    part = Part(Kind.DATABASE, (f"projects/{env.project}/backups/{set_id}",), at, 1)
    write_manifest(env, Manifest(set_id, env.name, env.service.name, at, at, (part,)))
    return set_id


def known(env: Environment, set_id: str) -> RecoverySet:
    listed = read_catalogue(env).find(set_id)
    assert listed
    return listed.set


def place(env: Environment, set_id: str) -> str:
    return f"sets/{env.name}/{set_id}/export/{DATABASE}.sql.gz"


def uri(env: Environment, set_id: str) -> str:
    return f"gs://{env.vault}/{place(env, set_id)}"


def content(env: Environment, http: httpx.Client, set_id: str) -> bytes | None:
    """What lies there, unpacked; None where nothing does."""
    name = quote(place(env, set_id), safe="")
    found = http.get(f"/storage/v1/b/{env.vault}/o/{name}", params={"alt": "media"})
    return gzip.decompress(found.content) if found.status_code == 200 else None


def test_the_newest_set_gets_its_export_once(env: Environment, http: httpx.Client) -> None:
    older, newest = new_set(env, HOUR), new_set(env)
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    part = export.fn(env.name)
    assert part
    assert known(env, newest).part(Kind.EXPORT) == part
    assert part.references == (uri(env, newest),)
    assert before <= part.at <= datetime.now(UTC)
    text = content(env, http, newest)
    assert text
    assert b"PostgreSQL database dump complete" in text
    assert part.size
    assert part.size < len(text), "its bytes as they lie there"
    (fresh,) = freshness(
        Limits(complete=None, proven=None, export=HOUR), read_catalogue(env).sets, datetime.now(UTC)
    )
    assert fresh.fresh
    assert newest in fresh.reason

    assert export.fn(env.name) is None, "it has its export"
    assert len(exports_to(env, uri(env, newest))) == 1
    assert known(env, older).part(Kind.EXPORT) is None
    assert content(env, http, older) is None
    said = slack_text(env)
    assert f"in {uri(env, newest)}" in said
    assert "the newest recovery set has its export" in said


def test_without_a_complete_set_or_a_database_it_is_refused(
    env: Environment, environment: Environments
) -> None:
    with pytest.raises(Refused, match="no complete recovery set to put an export into"):
        export.fn(env.name)
    assert "run the backup" in slack_text(env)
    plain = environment("t-export-without-database")
    with pytest.raises(Refused, match="it has no database"):
        export.fn(plain.name)


def test_what_runs_before_have_begun_and_not_noted_is_noted_and_not_made_again(
    env: Environment, http: httpx.Client
) -> None:
    older = new_set(env, HOUR)
    begin_export(env, uri(env, older), [])
    wait_until(lambda: all(each.ended for each in exports_to(env, uri(env, older))), what="the export")
    newest = new_set(env)
    http.post("/faults", json={"operation": "EXPORT", "seconds": 1}).raise_for_status()
    begin_export(env, uri(env, newest), [])
    assert export.fn(env.name)
    for each in (older, newest):
        part = known(env, each).part(Kind.EXPORT)
        assert part
        assert part.references == (uri(env, each),)
        assert len(exports_to(env, uri(env, each))) == 1
    assert f"{older}: an export of a run that died was there" in slack_text(env)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("carried_out", "moment"),
    [
        pytest.param(
            True,
            {"action": "hold_answer", "method": "POST", "path": f"{INSTANCE}/export"},
            id="after it had begun one",
        ),
        pytest.param(
            False,
            {"action": "hold", "method": "PATCH", "path": "/o/manifests"},
            id="after one was written, and before it was noted",
        ),
    ],
)
def test_a_run_that_was_killed(
    env: Environment, http: httpx.Client, faults: Faults, carried_out: bool, moment: dict[str, Any]
) -> None:
    """The next run finds the one export that was made, and notes it."""
    set_id = new_set(env)
    fault = faults.arm(**moment)
    command = Command("export", env.name)
    assert faults.wait_held(fault, lambda: command.process.poll() is None)
    command.process.kill()
    command.end()
    faults.remove(fault, carry_out=carried_out)
    assert known(env, set_id).part(Kind.EXPORT) is None
    wait_until(
        lambda: (reading := read_lease(env, "export").reading) is None or reading.lapsed, what="the lease"
    )
    export.fn(env.name)
    part = known(env, set_id).part(Kind.EXPORT)
    assert part
    assert part.references == (uri(env, set_id),)
    assert len(exports_to(env, uri(env, set_id))) == 1
    assert b"dump complete" in (content(env, http, set_id) or b"")


def test_an_answer_that_is_lost_begins_no_second_one(env: Environment, faults: Faults) -> None:
    set_id = new_set(env)
    fault = faults.arm("drop_answer", method="POST", path=f"{INSTANCE}/export")
    assert export.fn(env.name)
    assert faults.met(fault) == 1
    assert len(exports_to(env, uri(env, set_id))) == 1


@pytest.mark.parametrize("found", [b"", b"half of it"], ids=["an empty object", "something else's"])
def test_what_no_export_made_whole_is_made_anew(env: Environment, http: httpx.Client, found: bytes) -> None:
    set_id = new_set(env)
    http.post(
        f"/upload/storage/v1/b/{env.vault}/o",
        params={"uploadType": "media", "name": place(env, set_id)},
        content=found,
    ).raise_for_status()
    assert export.fn(env.name)
    assert b"dump complete" in (content(env, http, set_id) or b"")


def test_an_operation_that_is_done_with_an_error_is_no_export(environment: Environments) -> None:
    env = environment(f"t-export-{secrets.token_hex(3)}", database={**OWN, "name": "no_such_database"})
    set_id = new_set(env)
    with pytest.raises(ExportFailed, match=f"{INSTANCE}: the export to gs://.* failed: UNKNOWN"):
        export.fn(env.name)
    assert known(env, set_id).part(Kind.EXPORT) is None
    assert "failed: UNKNOWN" in slack_text(env)


def test_a_set_that_is_being_deleted_gets_none_and_nothing_is_left(
    env: Environment, http: httpx.Client
) -> None:
    set_id = new_set(env)
    part = export.fn(env.name)
    assert part
    change_set(
        env,
        set_id,
        lambda each: replace(each, parts=each.parts[:1], expires_at=datetime.now(UTC), deleting=True),
    )
    with logged("export", env), pytest.raises(Refused, match="its deletion has begun"):
        note_export(env, set_id, part)
    assert content(env, http, set_id) is None
