"""Damage on purpose: where there is an address for it, where there is none, and where nobody answers."""

from datetime import timedelta

import pytest

from clients.damage import BACKUP, damage, damage_address, heal
from clients.environment import Environment
from clients.errors import NotFound, Rejected, Unavailable
from clients.patience import patience
from tests.conftest import Endpoints
from tests.environments import environment

NONE = "projects/sandbox-project/backups/none"


def env_with(cloud: Endpoints, address: str) -> Environment:
    return environment(cloud, "t-damage", over={"drill": {"damage": address}})


def test_the_address_may_be_that_of_the_apis(cloud: Endpoints) -> None:
    assert damage_address(env_with(cloud, "{google}/faults/")) == f"{cloud.google}/faults"
    assert damage_address(env_with(cloud, "http://127.0.0.1:1/x")) == "http://127.0.0.1:1/x"
    assert not damage_address(env_with(cloud, ""))


def test_what_is_not_there_cannot_be_damaged_and_is_whole(cloud: Endpoints) -> None:
    env = env_with(cloud, "{google}/faults")
    with pytest.raises(NotFound, match=r"damaging it \(bit flip\): There is no backup"):
        damage(env, BACKUP, NONE, "bit flip")
    with pytest.raises(Rejected, match="damage: one of bit flip, "):
        damage(env, BACKUP, NONE, "mould")
    heal(env, NONE)


def test_without_an_address_nothing_is_damaged(cloud: Endpoints) -> None:
    with pytest.raises(Rejected, match=r"write drill\.damage"):
        damage(env_with(cloud, ""), BACKUP, NONE, "bit flip")


def test_nobody_answers(cloud: Endpoints) -> None:
    with patience(timedelta(seconds=1)), pytest.raises(Unavailable, match="no answer"):
        heal(env_with(cloud, "http://127.0.0.1:1/faults"), NONE)
