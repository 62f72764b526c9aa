"""What begins and what makes a set is written once, though its answer is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clients.catalogue import open_draft, read_catalogue, write_manifest
from clients.environment import Environment
from clients.errors import AlreadyThere
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part, RecoverySet, State
from tests.contract.conftest import Faults

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
DRAFT = RecoverySet("20261122-020000-1a2b3c", AT, State.INCOMPLETE)
MANIFEST = Manifest(
    DRAFT.id, "env", "service", AT, AT, (Part(Kind.CONFIGURATION, ("gs://vault/sets/env/7/a.json",), AT),)
)


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_draft_whose_answer_is_lost_is_one(env: Environment, faults: Faults, times: int) -> None:
    faults.add("drop_answer", f"/upload.*/{env.state}/", "POST", body=f"sets/{env.name}/", times=times)
    opened = open_draft(env, DRAFT)
    assert faults.met == times
    (found,) = read_catalogue(env).listed
    assert (found.set, found.generation) == (DRAFT, opened.generation)


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_manifest_whose_answer_is_lost_is_one(env: Environment, faults: Faults, times: int) -> None:
    faults.add("drop_answer", f"/upload.*/{env.vault}/", "POST", body=f"manifests/{env.name}/", times=times)
    written = write_manifest(env, MANIFEST)
    assert faults.met == times
    (found,) = read_catalogue(env).listed
    assert (found.set.state, found.generation) == (State.COMPLETE, written.generation)


def test_what_somebody_else_wrote_is_not_taken_for_ours(env: Environment) -> None:
    open_draft(env, DRAFT)
    with pytest.raises(AlreadyThere, match="there is one already; take another set"):
        open_draft(env, replace(DRAFT, taken_at=AT + timedelta(seconds=1)))
    write_manifest(env, MANIFEST)
    with pytest.raises(AlreadyThere):
        write_manifest(env, replace(MANIFEST, service="another"))
