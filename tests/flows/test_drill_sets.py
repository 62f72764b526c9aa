"""The set of a drill: kept while it is used, proven by it, or taken out."""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from clients.catalogue import read_manifest
from clients.environment import Environment
from clients.errors import PreconditionFailed, Rejected
from clients.objects import delete_object, write_json
from domain.drill_check import Result
from domain.drill_report import DrillReport
from domain.drill_verdict import judged
from domain.expiry_report import Fate
from domain.manifest import Manifest, manifest_from_text
from domain.recovery_set import State
from domain.refusal import Refused
from domain.vault_layout import drills
from flows.expire import expire
from flows.verify_set import verify_set
from tasks.logbook import logged
from tasks.set_proofs import prove_set
from tests.domain.drills import check, report
from tests.faults.api import Faults
from tests.flows.conftest import Environments
from tests.flows.runs import slack_text
from tests.recovery import make_set
from tests.recovery_vault import Vault, make_bucket

STRICT = {"all_for": "1d", "weekly": 0, "monthly": 0, "yearly": 0, "minimum": 1}


@pytest.fixture
def here(environment: Environments) -> Vault:
    name = f"t-sets-{secrets.token_hex(3)}"
    env = environment(name, vault=name, backup={"retention": STRICT}, lease="30s")
    make_bucket(env, name)
    return Vault(env)


@pytest.fixture
def faults(here: Vault) -> Iterator[Faults]:
    with httpx.Client(base_url=here.env.endpoints.google) as http:
        yield Faults(http)


def drilled(env: Environment, set_id: str, **fields: Any) -> DrillReport:
    return judged(report(environment=env.name, service=env.service.name, set_id=set_id, **fields))


def manifest_of(env: Environment, set_id: str) -> Manifest:
    return manifest_from_text(read_manifest(env, set_id))


def proved(env: Environment, drilled_report: DrillReport) -> str:
    with logged("restore drill", env):
        return prove_set(env, manifest_of(env, drilled_report.set_id), drilled_report).said


def test_what_a_drill_uses_is_kept_until_its_draft_goes(here: Vault) -> None:
    here.set(0.1, State.PROVEN)
    used, other = here.set(9, marked=0.1), here.set(8, marked=0.1)
    draft = f"{drills(here.env.name)}20261122-120000-1a2b3c"
    write_json(here.env, here.env.state, draft, {"id": "20261122-120000-1a2b3c", "set_id": used})
    fates = {row.set.id: row.fate for row in expire.fn(here.env.name)}
    assert fates[used] is Fate.KEPT_AGAIN
    assert fates[other] is Fate.GOES
    assert here.known(used).expires_at is None, "its mark was lifted"
    [row] = [row for row in expire.fn(here.env.name, apply=False) if row.set.id == used]
    assert (row.fate, row.why) == (Fate.KEPT, "in use by drill 20261122-120000-1a2b3c")
    delete_object(here.env, here.env.state, draft)
    fates = {row.set.id: row.fate for row in expire.fn(here.env.name, apply=False)}
    assert fates[used] is Fate.MARKED


def test_a_draft_that_cannot_be_read_stops_expire(here: Vault) -> None:
    here.set(0.1, State.PROVEN)
    old = here.set(9, marked=0.1)
    write_json(here.env, here.env.state, f"{drills(here.env.name)}x", {"id": "x"})
    with pytest.raises(Rejected, match="what is there is no draft of a drill; look for what it names"):
        expire.fn(here.env.name)
    assert here.find(old)


def test_a_drill_that_passed_proves_its_set_and_slack_hears_it(here: Vault) -> None:
    name = here.set(1, State.CHECKED)
    own = drilled(here.env, name)
    for _ in range(2):
        assert proved(here.env, own) == f"{name} is *proven* by restore drill {own.id}"
    known = here.known(name)
    assert known.state is State.PROVEN
    assert known.proof
    assert (known.proof.drill, known.proof.proven_at) == (f"restore drill {own.id}", own.ended_at)
    assert f"{name} is proven by restore drill {own.id}" in slack_text(here.env)


def test_a_set_that_a_drill_found_wrong_counts_no_more_until_a_check_agrees(here: Vault) -> None:
    name = make_set(here.env).id
    own = drilled(here.env, name, checks=[check("amcheck", Result.FAILED, "page 7 of documents")])
    said = proved(here.env, own)
    assert here.known(name).state is State.INCOMPLETE
    assert f"muster verify {here.env.name} {name} counts it again" in said
    assert f"{name} counts no more: restore drill {own.id} found it wrong by amcheck" in slack_text(here.env)
    verify_set.fn(here.env.name, name)
    assert here.known(name).state is State.CHECKED


def test_a_lost_answer_and_a_change_by_others_make_no_difference(here: Vault, faults: Faults) -> None:
    name = here.set(1)
    faults.arm("drop_answer", method="PATCH", path=name, times=1)
    proved(here.env, drilled(here.env, name))
    assert here.known(name).proof


def test_who_always_comes_first_is_told(here: Vault, faults: Faults) -> None:
    name = here.set(1)
    faults.arm("refuse", method="PATCH", path=name, status=412, times=100)
    with pytest.raises(PreconditionFailed):
        proved(here.env, drilled(here.env, name))
    assert here.known(name).state is State.COMPLETE


def test_a_report_that_was_not_judged_proves_nothing(here: Vault) -> None:
    name = here.set(1)
    with pytest.raises(Refused, match="the drill is not judged yet"):
        proved(here.env, report(set_id=name))
