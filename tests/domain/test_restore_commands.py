"""The commands in a manifest: for a person, with nothing but gcloud, psql and curl."""

import json
import shlex
from datetime import UTC, datetime

import pytest

from domain.manifest import Fact
from domain.recovery_set import Kind, Part
from domain.restore_commands import Place, restore_commands

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
PLACE = Place("shop-1234", "us-central1", "orders")
CONFIGURATION = Part(Kind.CONFIGURATION, ("gs://vault/sets/prod/7/configuration/database.json",), AT)
DATABASE = Part(Kind.DATABASE, ("projects/shop-1234/backups/42",), AT)
SEARCH = Part(Kind.SEARCH, ("vault/muster-set-7",), AT)
SECRETS = Part(Kind.SECRETS, ("projects/shop-1234/secrets/db/versions/3",), AT)
FACTS: dict[str, Fact] = {
    "database.instance": "orders-db",
    "database.name": "orders",
    "search.indices": "documents-1,documents-2",
    "service.image": "us-docker.pkg.dev/shop-1234/r/orders@sha256:ab",
}


def commands(parts: list[Part], facts: dict[str, Fact] = FACTS) -> list[list[str]]:
    """The words of each command, comments left out."""
    return [shlex.split(line) for line in restore_commands(PLACE, parts, facts) if not line.startswith("#")]


def test_each_part_has_its_command() -> None:
    told = commands([DATABASE, CONFIGURATION, SEARCH, SECRETS])
    assert [words[0] for words in told if "=" not in words[0]] == [
        "gcloud", "gcloud", "gcloud", "psql", "curl", "curl", "gcloud", "gcloud",
    ]  # fmt: skip
    assert told[0] == ["gcloud", "storage", "cp", "-r", "gs://vault/sets/prod/7/configuration", "."]
    assert told[1][:5] == ["gcloud", "sql", "backups", "restore", "projects/shop-1234/backups/42"]
    assert told[2][:5] == ["gcloud", "sql", "instances", "clone", "orders-db"]
    assert told[-2][:5] == ["gcloud", "secrets", "versions", "describe", "3"]
    assert told[-1][:4] == ["gcloud", "run", "deploy", "orders"]


def test_what_is_sent_to_elasticsearch_is_json() -> None:
    (restore,) = (words for words in commands([SEARCH]) if "-d" in words)
    assert json.loads(restore[-1]) == {
        "indices": "documents-1,documents-2",
        "include_global_state": False,
        "feature_states": ["none"],
    }


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([DATABASE], id="a service without a search"),
        pytest.param([SEARCH], id="a service without a database"),
        pytest.param([CONFIGURATION], id="neither"),
    ],
)
def test_a_smaller_set_has_fewer(parts: list[Part]) -> None:
    said = "\n".join(restore_commands(PLACE, parts, {}))
    assert ("gcloud sql" in said) is (DATABASE in parts)
    assert ("_restore" in said) is (SEARCH in parts)
    assert "gcloud run" not in said, "without an image there is nothing to deploy"


def test_names_with_shell_characters_are_quoted() -> None:
    odd = Part(Kind.DATABASE, ("projects/shop-1234/backups/$(id)",), AT)
    assert ["gcloud", "sql", "backups", "restore", "projects/shop-1234/backups/$(id)"] in [
        words[:5] for words in commands([odd], {})
    ]
