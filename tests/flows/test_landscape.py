"""The sample's landscape, laid again over one that an earlier version laid."""

from dataclasses import asdict

import httpx
import psycopg
import pytest

from clients.errors import NotFound
from clients.secret_versions import read_secret
from examples.landscape import HEARTBEAT_SECRET, Landscape
from tests.conftest import Endpoints
from tests.environments import environment


def test_a_landscape_without_a_heartbeat_gains_its_login(landscape: Endpoints, http: httpx.Client) -> None:
    """Whether or not the user is there already: its secret is what comes last."""
    env = environment(landscape, "landscape")
    before = read_secret(env, HEARTBEAT_SECRET)
    http.delete(f"/v1/projects/{env.project}/secrets/{HEARTBEAT_SECRET}").raise_for_status()
    with pytest.raises(NotFound):
        read_secret(env, HEARTBEAT_SECRET)
    for _ in range(2):
        Landscape({key: str(value) for key, value in asdict(landscape).items()}).lay()
        address = read_secret(env, HEARTBEAT_SECRET)
        with psycopg.connect(address) as connection:
            answer = connection.execute("SELECT has_database_privilege(current_database(), 'CREATE')")
            assert answer.fetchone() == (True,)
    assert address != before
