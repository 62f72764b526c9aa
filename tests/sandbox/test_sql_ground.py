"""What an instance stands on: the PostgreSQL that is found, the address that is given."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.kernel.state import State
from sandbox.sql import binaries
from sandbox.sql.addresses import PORT, Addresses
from sandbox.sql.binaries import PostgresMissing


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state.sqlite")
    yield state
    state.close()


def test_the_wheel_is_found() -> None:
    found = binaries.find(None)
    assert found.version.startswith("17.")
    assert found.tool("pg_basebackup").is_file()
    assert binaries.find(found.folder) == found


@pytest.mark.parametrize(
    ("version", "tools"),
    [
        pytest.param("17.2", ["postgres", "initdb"], id="a tool is missing"),
        pytest.param("16.4 (Debian 16.4-1)", list(binaries.TOOLS), id="it is of another version"),
    ],
)
def test_a_folder_somebody_chose_is_never_passed_over(tmp_path: Path, version: str, tools: list[str]) -> None:
    for name in tools:
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(PostgresMissing, match="PG_BINDIR"):
        binaries.find(tmp_path)


def test_two_folders_have_two_networks_that_nobody_else_uses(state: State) -> None:
    given = [Addresses(Path(f"/srv/sandbox-{number}"), state).give(set()) for number in range(50)]
    assert len({address.rpartition(".")[0] for address in given}) == 50
    assert all(2 <= int(address.split(".")[1]) <= 254 for address in given)


def test_an_address_is_passed_over_while_somebody_has_it(tmp_path: Path, state: State) -> None:
    addresses = Addresses(tmp_path, state)
    network, _, first = addresses.give(set()).rpartition(".")
    assert first == "1"
    with socket.create_server((f"{network}.2", PORT)):
        assert addresses.give({f"{network}.3"}) == f"{network}.4"
    assert addresses.give(set()) == f"{network}.5", "what was given is not given again soon"
