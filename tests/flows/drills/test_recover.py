"""Recoveries for real of a service with a search: its index says what the recovered database says."""

import httpx
import pytest

from clients.environment import Environment
from tests.drill_ground import Ground
from tests.recovery_ground import note, noted, patiently, uri


@pytest.fixture
def later(env: Environment, taken: str) -> str:
    """Users have written this since the set was taken: in the database, and in the index."""
    word = "later-than-the-set"
    assert note(env, word) == 201
    assert found(env, word) == 200
    return word


def found(env: Environment, word: str) -> int:
    """Search through the service; the status."""
    return httpx.get(f"{uri(env)}/search/{word}", timeout=10).status_code


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_index_that_was_lost_comes_back(env: Environment, ground: Ground) -> None:
    ground.search.client.indices.delete(index=ground.index)
    ended = patiently("recover", env.name, "--search", "--apply")
    assert ended.code == 0, ended.said
    assert ground.search.client.count(index=ground.index)["count"] >= 100
    assert found(env, "note-7") == 200


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_the_database_lost_is_not_found_any_more(
    env: Environment, ground: Ground, taken: str, later: str
) -> None:
    """The last of them: the environment is on another instance afterwards."""
    planned = patiently("recover", env.name, "--set", taken)
    assert "bring the index to what the database says now" in planned.said
    assert found(env, later) == 200, "a plan touches nothing"
    ended = patiently("recover", env.name, "--set", taken, "--apply")
    assert ended.code == 0, ended.said
    assert (noted(env, later), found(env, later)) == (404, 404)
    assert (noted(env, "note-7"), found(env, "note-7")) == (200, 200)
