"""`muster sets`, `pin`, `unpin`, `expire`, `freshness`: the catalogue, as people and scripts ask for it."""

import json
import secrets
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.environment import Environment
from domain.recovery_set import Copy, Pin, State
from tests.cli.conftest import Environments, command
from tests.flows.runs import Ended
from tests.recovery_vault import DAY, Vault, make_bucket

Vaults = Callable[..., Vault]
WIDE = {"COLUMNS": "200"}
STRICT = {"all_for": "1d", "weekly": 0, "monthly": 0, "yearly": 0, "minimum": 1}


@pytest.fixture
def vault(environment: Environments) -> Vaults:
    """Makes an environment with a vault of its own; keywords are its backup part."""

    def make(**backup: Any) -> Vault:
        name = f"t-sets-{secrets.token_hex(3)}"
        env = environment(name, vault=name, backup=backup)
        make_bucket(env, name)
        return Vault(env)

    return make


def run(verb: str, env: Environment, *arguments: str, code: int = 0, **variables: str) -> Ended:
    ended = command(verb, env.name, *arguments, **{**WIDE, **variables})
    assert ended.code == code, ended.said
    return ended


def row(ended: Ended, set_id: str) -> str:
    [line] = [line for line in ended.said.splitlines() if line.startswith(set_id)]
    return " ".join(line.split())


def test_an_empty_catalogue_is_said_so(vault: Vaults) -> None:
    here = vault()
    assert run("sets", here.env).said == "there is no recovery set yet\n"
    assert json.loads(run("sets", here.env, "--json").said) == {
        "environment": here.env.name,
        "sets": [],
        "unread": [],
    }


def test_sets_are_listed_with_all_that_is_known_the_newest_first(vault: Vaults) -> None:
    here = vault(retention=STRICT)
    newest = here.set(0.25, State.PROVEN)
    dead = here.draft(0.5)
    pinned = here.set(
        9, State.CHECKED, pins=(Pin("ana", "audit", here.now + 5 * DAY),),
        copies=(Copy("europe", ("gs://e/x",)),),
    )  # fmt: skip
    goes = here.set(12, marked=-0.5)
    ended = run("sets", here.env)
    ids = [line.split()[0] for line in ended.said.splitlines()[1:]]
    assert ids == [newest, dead, pinned, goes]
    assert "6 h 2 bytes proven (RTO 41 min, RPO 3.5 s) until " in row(ended, newest)
    assert row(ended, newest).endswith("the newest proven set")
    assert " incomplete until " in row(ended, dead)
    assert f" 9 days europe 2 bytes checked 1 until {here.now + 5 * DAY:%Y-%m-%d} pinned by ana" in row(
        ended, pinned
    )
    assert f"complete expires {here.now + DAY / 2:%Y-%m-%d} 11 days older" in row(ended, goes)
    narrow = run("sets", here.env, COLUMNS="100")
    assert all(len(line) <= 100 for line in narrow.said.splitlines())
    found = {each["id"]: each for each in json.loads(run("sets", here.env, "--json").said)["sets"]}
    assert found[pinned]["pins"][0]["why"] == "audit"
    assert found[newest]["proof"]["achieved_rpo_seconds"] == 3.5
    assert found[goes]["kept"] is False


def test_what_could_not_be_read_is_told(vault: Vaults) -> None:
    here = vault()
    good, broken = here.set(1), here.set(2)
    listed = here.find(broken)
    assert listed
    here.patch(listed.reference, {"metadata": {"muster-state": "splendid"}})
    ended = run("sets", here.env, code=1)
    assert row(ended, good)
    assert f"not read: {listed.reference}: {broken}: its summary cannot be read: " in ended.said
    assert json.loads(run("sets", here.env, "--json", code=1).said)["unread"]


def test_a_pin_keeps_a_set_until_its_owner_takes_it_back(vault: Vaults) -> None:
    here = vault(retention=STRICT)
    here.set(0.1, State.PROVEN)
    old = here.set(9)
    said = run("pin", here.env, old, "--why", "audit [2026]", "--until", "10d").said
    assert said.startswith(f"{here.env.name}: {old} is kept until {here.now + 10 * DAY:%Y-%m-%d}")
    assert said.endswith("for tester: audit [2026]\n")
    run("pin", here.env, old, "--why", "audit [2026]", "--until", "20d")
    run("pin", here.env, old, "--why", "court", MUSTER_WHO="tester")
    [first, second] = here.known(old).pins
    assert (first.why, second.why) == ("audit [2026]", "court")
    assert first.until - here.now > 19 * DAY, "the same again changes until when"
    assert abs(second.until - here.now - 90 * DAY) < timedelta(minutes=5), "for 90 days unless it is said"
    assert "kept" in run("expire", here.env, "--apply").said
    assert here.known(old).expires_at is None
    run("unpin", here.env, old)
    assert not here.known(old).pins
    assert f"tester has not pinned {old}" in run("unpin", here.env, old).said


def test_others_pins_stay_unless_all_are_taken_back(vault: Vaults) -> None:
    here = vault()
    name = here.set(1, pins=(Pin("ana", "audit", here.now + DAY), Pin("tester", "look", here.now + DAY)))
    said = run("unpin", here.env, name).said
    assert f"{name} is no longer kept for tester: look" in said
    assert "it stays pinned by ana until" in said
    assert "is no longer kept for ana: audit" in run("unpin", here.env, name, "--all").said
    assert not here.known(name).pins


@pytest.mark.parametrize(
    ("until", "lasts"),
    [
        pytest.param("12h", timedelta(hours=12), id="a length"),
        pytest.param(f"{datetime.now(UTC) + 40 * DAY:%Y-%m-%d}", 40 * DAY, id="a day, to its end"),
        pytest.param(f"{datetime.now(UTC) + 3 * DAY:%Y-%m-%dT23:59:59+00:00}", 3 * DAY, id="an instant"),
    ],
)
def test_a_pin_ends_by_length_or_date(vault: Vaults, until: str, lasts: timedelta) -> None:
    here = vault()
    name = here.set(1)
    run("pin", here.env, name, "--why", "x", "--until", until)
    [pin] = here.known(name).pins
    assert timedelta(0) <= pin.until - here.now - lasts + timedelta(hours=1) < 2 * DAY


@pytest.mark.parametrize(
    ("until", "says"),
    [
        pytest.param("soon", "is no length of time", id="neither"),
        pytest.param("2026-13-45", "or write a day", id="no such day"),
        pytest.param("90", "90 has no unit", id="without a unit"),
        pytest.param("2020-01-01", "would have ended on 2020-01-01 23:59 UTC", id="over already"),
    ],
)
def test_an_end_that_is_none_is_refused(vault: Vaults, until: str, says: str) -> None:
    here = vault()
    name = here.set(1)
    assert says in run("pin", here.env, name, "--why", "x", "--until", until, code=2).said
    assert not here.known(name).pins


def test_an_unknown_set_is_refused_with_the_nearest(vault: Vaults) -> None:
    here = vault()
    here.set(30)
    name = here.set(1)
    for verb, more in (("pin", ("--why", "x")), ("unpin", ())):
        ended = run(verb, here.env, f"{name}x", *more, code=2)
        assert f"there is no recovery set {name}x\n" in ended.said
        assert f"is {name} meant? muster sets {here.env.name} lists them" in ended.said


def test_a_set_that_is_being_deleted_cannot_be_pinned(vault: Vaults) -> None:
    here = vault(retention=STRICT)
    here.set(0.1, State.PROVEN)
    name = here.set(9, marked=0.1, deleting=True)
    ended = run("pin", here.env, name, "--why", "x", code=2)
    assert f"{name}: its deletion has begun" in ended.said


def test_expire_shows_the_plan_and_only_apply_carries_it_out(vault: Vaults) -> None:
    here = vault(retention=STRICT)
    here.set(0.1, State.PROVEN)
    old = here.set(9)
    dry = run("expire", here.env)
    assert " complete marked to expire, " in row(dry, old)
    assert row(dry, old).endswith(" UTC 8 days older than the newest set")
    assert "1 kept, 1 marked to expire" in dry.said
    assert here.known(old).expires_at is None
    run("expire", here.env, "--apply")
    assert here.known(old).expires_at


def test_a_plan_that_is_refused_shows_what_it_would_have_done(vault: Vaults) -> None:
    here = vault(retention=STRICT)
    olds = [here.set(days, marked=0.1) for days in (5, 6, 7)]
    here.set(0.1)
    for arguments, says in (((), "{} 20"), (("--apply",), "{} (complete): expires: ")):
        ended = run("expire", here.env, *arguments, code=2)
        assert "refused the plan leaves 0 proven sets of the 1 that must be left" in ended.said
        assert "refused the plan deletes 3 of 4 sets (75 %)" in ended.said
        assert all(says.format(old) in " ".join(ended.said.split()) for old in olds)
    assert all(here.find(old) for old in olds)


FRESH = {"complete": "1d", "checked": None, "proven": "35d"}


def test_freshness_is_an_exit_code_and_a_table(vault: Vaults) -> None:
    here = vault(freshness=FRESH)
    ended = run("freshness", here.env, code=1)
    assert "too old: there is no complete set; at most 24 h is asked for" in ended.said
    here.set(0.5, State.PROVEN)
    ended = run("freshness", here.env)
    assert " ".join(ended.said.splitlines()[1].split()) == "complete set 12 h 24 h fresh"
    assert "proven set" in ended.said


def test_what_does_not_answer_is_not_fresh(vault: Vaults, environment: Environments) -> None:
    here = vault(freshness=FRESH)
    here.set(0.1, State.PROVEN)
    httpx.post(
        f"{here.env.endpoints.google}/faults",
        json={"action": "refuse", "path": "manifests", "status": 403, "times": 1},
    ).raise_for_status()
    ended = run("freshness", here.env, code=1)
    assert f"failed: gs://{here.env.vault}/manifests/{here.env.name}/: listing it" in ended.said


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        pytest.param({"recovery_window": "15m"}, "backup.freshness.recovery_window is set", id="no database"),
        pytest.param({"search_snapshot": "15m"}, "and there is no search: leave", id="no search"),
        pytest.param({"second_copy": "1d"}, "and there is no second_vault", id="no second vault"),
    ],
)
def test_a_limit_for_what_is_not_there_is_refused(vault: Vaults, limits: Any, says: str) -> None:
    here = vault(freshness=limits)
    assert says in " ".join(run("freshness", here.env, code=2).said.replace("\n", ": ").split())


def test_freshness_goes_on_without_prefect(vault: Vaults) -> None:
    here = vault(freshness=FRESH)
    here.set(0.1, State.PROVEN)
    without = (
        "import sys; sys.modules['prefect'] = None; from cli.__main__ import main; "
        f"sys.argv = ['muster', 'freshness', '{here.env.name}']; main()"
    )
    ended = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "fresh" in ended.stdout
