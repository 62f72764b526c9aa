"""The last of a set goes with all its versions, and nothing that was written since."""

import secrets

import httpx
import pytest

from clients.catalogue import forget
from clients.environment import Environment
from clients.objects import write_json
from tests.conftest import Endpoints
from tests.environments import environment
from tests.recovery_vault import Vault, make_bucket


@pytest.fixture
def vault(cloud: Endpoints, foundation: None) -> Vault:
    name = f"forget-{secrets.token_hex(4)}"
    env: Environment = environment(cloud, name, over={"vault": name})
    make_bucket(env, name)
    return Vault(env)


def test_a_manifest_goes_with_its_versions(vault: Vault, http: httpx.Client) -> None:
    name = vault.set(1)
    listed = vault.find(name)
    assert listed
    write_json(vault.env, listed.bucket, listed.name, {"somebody": "else's"})
    write_json(vault.env, listed.bucket, listed.name, {"somebody": "else's, again"})
    forget(vault.env, listed)
    forget(vault.env, listed)
    assert vault.versions().count(listed.name) == 2, "what was written since stays"


def test_a_draft_goes(vault: Vault) -> None:
    name = vault.draft(1)
    listed = vault.find(name)
    assert listed
    forget(vault.env, listed)
    assert vault.find(name) is None
