"""Bad input to the commands about drills and recovery: a clear word with its remedy, and nothing touched."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clients.environment import Environment
from tests.cli.conftest import Environments, command
from tests.flows.runs import muster

WIDE = {"COLUMNS": "200"}


@pytest.fixture
def bare(environment: Environments) -> Environment:
    """An environment without a database, a search, a heartbeat, or a recovery set."""
    return environment("t-bare")


@pytest.fixture
def untouched(bare: Environment, http: httpx.Client) -> Iterator[None]:
    """After the test the state bucket and the vault are as they were: no lease, no draft, no report."""
    before = objects(http, bare)
    yield
    assert objects(http, bare) == before


def objects(http: httpx.Client, env: Environment) -> list[str]:
    found = [
        item
        for bucket in (env.state, env.vault)
        for item in http.get(f"/storage/v1/b/{bucket}/o").json().get("items", [])
    ]
    return sorted(f"{item['bucket']}/{item['name']}#{item['generation']}" for item in found)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(
            ["drill"],
            ["refused t-bare: there is no recovery set", "muster backup t-bare"],
            id="no set at all",
        ),
        pytest.param(
            ["drill", "--set", "20261123-110000-00000a"],
            ["refused t-bare: there is no recovery set 20261123-110000-00000a", "muster backup"],
            id="a set that is not there",
        ),
        pytest.param(
            ["drill", "--set", ""],
            ["no set is named", "write newest, random, or a set's id"],
            id="no set named",
        ),
        pytest.param(
            ["drill", "--path", "sideways"],
            ["'sideways' is no path", "write one of: backup, point_in_time"],
            id="a path that is none",
        ),
        pytest.param(
            ["drill", "--defect", "rot"],
            ["'rot' is no defect", "write one of: bit flip, truncation"],
            id="a defect that is none",
        ),
        pytest.param(
            ["drill", "--path", "up", "--defect", "rot"], ["'up' is no path", "'rot' is no defect"], id="both"
        ),
        pytest.param(["drill", "--keep-for", "2"], ["2 has no unit", "2h"], id="kept without a unit"),
        pytest.param(
            ["drill", "--keep-for", "-2h"], ["'-2h' is no length of time", "such as 90s"], id="kept for less"
        ),
        pytest.param(["drills", "--newest", "0"], ["--newest", "greater than or equal to 1"], id="no drill"),
        pytest.param(["drills", "--newest", "many"], ["--newest", "valid integer"], id="so many drills"),
        pytest.param(["heartbeat"], ["refused", "t-bare", "heartbeat"], id="no heartbeat described"),
        pytest.param(["recover"], ["say which way, and one", "--failover"], id="no way"),
        pytest.param(["recover", "--failover", "--set", "x"], ["say which way, and one"], id="two ways"),
        pytest.param(
            ["recover", "--at", "yesterday"],
            ["'yesterday' is no instant", "2026-11-22T14:15:03Z"],
            id="no instant",
        ),
        pytest.param(
            ["recover", "--at", "2026-11-22T14:15:03"],
            ["has no time zone", "write 2026-11-22T14:15:03Z"],
            id="an instant of nowhere",
        ),
        pytest.param(
            ["recover", "--failover", "--apply"],
            ["t-bare: it has no database", "describe it under database"],
            id="nothing to fail over",
        ),
        pytest.param(
            ["recover", "--search", "--apply"],
            ["t-bare: it has no search", "describe it under search"],
            id="no index to recover",
        ),
        pytest.param(["dr-drill", "flood"], ["'flood' is not one of", "primary-lost"], id="no such scenario"),
        pytest.param(
            ["dr-drill", "primary-lost"],
            ["t-bare: it has no database to lose", "choose another scenario"],
            id="no primary to lose",
        ),
        pytest.param(
            ["dr-drill", "search-lost"], ["t-bare: it has no search to lose"], id="no index to lose"
        ),
        pytest.param(
            ["dr-drill", "search-lost", "--at", "2026-11-22T14:15:03Z"],
            ["t-bare: it has no search to lose", "leave --at out"],
            id="two things wrong",
        ),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_bad_input_is_refused_with_a_way_on(bare: Environment, arguments: list[str], says: list[str]) -> None:
    verb, *rest = arguments
    ended = command(verb, bare.name, *rest, **WIDE)
    assert ended.code == 2, ended.said
    for words in says:
        assert words in ended.said
    assert "Traceback" not in ended.said


@pytest.mark.parametrize(
    "arguments",
    [
        ["drill", "stagin"],
        ["drills", "stagin"],
        ["heartbeat", "stagin"],
        ["recover", "stagin", "--failover"],
        ["dr-drill", "stagin", "search-lost"],
    ],
)
def test_an_unknown_environment_is_refused(folder: Path, arguments: list[str]) -> None:
    (folder / "staging.yaml").write_text("{}")
    ended = command(*arguments, **WIDE)
    assert ended.code == 2
    assert f"environment 'stagin': there is no stagin.yaml in {folder}" in ended.said
    assert "did you mean staging?" in ended.said


def test_reap_tells_of_an_environment_that_it_cannot_read_and_does_the_others(
    bare: Environment, folder: Path
) -> None:
    ended = muster("reap", "stagin", bare.name)
    assert ended.code == 1
    assert "stagin: not reaped: " in ended.said
    assert "there is no stagin.yaml" in ended.said
    assert f"{bare.name}: nothing to reap" in ended.said


@pytest.mark.parametrize("every", ["60", "soon"])
def test_a_round_has_a_unit(bare: Environment, every: str) -> None:
    ended = command("reap", bare.name, "--every", every, **WIDE)
    assert ended.code == 2
    assert "such as 90s" in ended.said or "has no unit" in ended.said
