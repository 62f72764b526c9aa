"""Rolling back when no deploy is under way: to the former baseline, or to a revision by name."""

import pytest

from clients.environment import Environment
from domain.record import Result
from tests.flows.conftest import Environments, Releases
from tests.flows.runs import aftermath, deploy, establish, muster, users


def test_to_the_former_baseline(promoted: Environment) -> None:
    before = aftermath(promoted).record
    with users(promoted) as load:
        ended = muster("rollback", promoted.name)
    left = aftermath(promoted)
    assert ended.code == 0, ended.said
    assert left.is_settled_on(before.baseline)
    assert left.record.kind == "rollback"
    assert left.record.result is Result.ROLLED_BACK
    assert "previous" not in left.tags, "a second rollback does not lead to the bad release"
    assert load.tally.errors == 0


@pytest.mark.slow
def test_twice_is_refused_for_want_of_a_former_baseline(promoted: Environment) -> None:
    assert muster("rollback", promoted.name).code == 0
    before = aftermath(promoted)
    again = muster("rollback", promoted.name)
    assert again.code == 2
    assert "name one with --to" in again.said
    assert aftermath(promoted).service.etag == before.service.etag


@pytest.mark.slow
def test_to_a_revision_by_name_and_forth_again(promoted: Environment) -> None:
    record = aftermath(promoted).record
    assert muster("rollback", promoted.name).code == 0
    ended = muster("rollback", promoted.name, "--to", record.canary)
    assert ended.code == 0, ended.said
    assert aftermath(promoted).is_settled_on(record.canary)


def test_to_a_revision_that_does_not_pass_its_smoke_check_stays_where_it_is(
    environment: Environments, releases: Releases
) -> None:
    env = environment("t-back-to-sick")
    establish(env, releases("first"))
    deploy(env, releases("sick", health=500))
    record = aftermath(env).record
    ended = muster("rollback", env.name, "--to", record.canary)
    left = aftermath(env)
    assert ended.code == 1
    assert "smoke check 'page' failed" in ended.said
    assert left.is_settled_on(record.baseline)
    assert left.record.result is Result.FAILED


@pytest.mark.slow
def test_to_a_revision_unsmoked_when_there_is_no_time(promoted: Environment) -> None:
    record = aftermath(promoted).record
    ended = muster("rollback", promoted.name, "--skip-smoke")
    left = aftermath(promoted)
    assert ended.code == 0, ended.said
    assert left.is_settled_on(record.baseline)
    assert any("not smoked" in note for note in left.record.notes)


@pytest.mark.parametrize(
    ("to", "why"),
    [
        pytest.param("t-nowhere-0000000000", "has no such revision", id="one that is not there"),
        pytest.param("crashed", "is not ready", id="one that never started", marks=pytest.mark.slow),
    ],
)
def test_to_what_cannot_serve_is_refused(
    environment: Environments, releases: Releases, to: str, why: str
) -> None:
    env = environment("t-refuses-" + ("crashed" if to == "crashed" else "unknown"))
    establish(env, releases("first"))
    if to == "crashed":
        deploy(env, releases("crash", crash=True))
        to = aftermath(env).record.canary
    before = aftermath(env)
    ended = muster("rollback", env.name, "--to", to)
    assert ended.code == 2
    assert why in ended.said
    assert aftermath(env).service.etag == before.service.etag
