"""Writing what tells of a set: its draft, and its manifest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clients.catalogue import Listed, open_draft, read_catalogue, write_manifest
from clients.environment import Environment
from clients.errors import AlreadyThere
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part, RecoverySet, State
from tests.contract.conftest import Faults

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DRAFT = RecoverySet("20260102-030405-1a2b3c", AT, State.INCOMPLETE)
MANIFEST = Manifest(
    DRAFT.id, "x", "x", AT, AT, (Part(Kind.SECRETS, ("projects/p/secrets/s/versions/1",), AT),)
)


def listed(env: Environment) -> Listed:
    """The one set that there is."""
    (found,) = read_catalogue(env).listed
    return found


def test_a_draft_whose_answer_was_lost_was_written(env: Environment, faults: Faults) -> None:
    faults.add("drop_answer", f"/upload/.*/b/{env.state}/", "POST")
    assert open_draft(env, DRAFT) == listed(env)
    assert faults.met == 1


def test_a_draft_of_another_run_is_not_taken_for_ones_own(env: Environment) -> None:
    open_draft(env, DRAFT)
    with pytest.raises(AlreadyThere, match=f"sets/{env.name}/{DRAFT.id}: there is one already"):
        open_draft(env, replace(DRAFT, taken_at=AT + timedelta(microseconds=1)))
    assert listed(env).set == DRAFT


def test_a_manifest_whose_answer_was_lost_was_written(env: Environment, faults: Faults) -> None:
    faults.add("drop_answer", f"/upload/.*/b/{env.vault}/", "POST")
    assert write_manifest(env, MANIFEST) == listed(env)
    assert faults.met == 1


def test_another_manifest_of_that_id_is_refused(env: Environment) -> None:
    write_manifest(env, MANIFEST)
    with pytest.raises(AlreadyThere, match=f"manifests/{env.name}/{DRAFT.id}.json: there is one already"):
        write_manifest(env, replace(MANIFEST, service="y"))
