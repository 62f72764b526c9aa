"""A database to restore: an instance with flags and users, a recovery set of it, and a drill's target."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from googleapiclient.errors import HttpError

from clients.environment import Environment
from clients.secret_versions import read_secret
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.strict_json import canonical, sha256
from domain.vault_layout import part_name
from tasks.database_backups import database_configuration, take_database_backup
from tasks.runs import new_id
from tasks.targets import Target, target_of
from tests.processes import wait_until
from tests.recovery import put
from tests.sandbox.sql_client import Client, connected, one

PASSWORDS = {"shop_app": secrets.token_hex(8), "auditor": secrets.token_hex(8)}
FLAGS = [{"name": "work_mem", "value": "8192"}, {"name": "max_connections", "value": "60"}]
SETTINGS: dict[str, Any] = {
    "backupConfiguration": {
        "enabled": True,
        "pointInTimeRecoveryEnabled": True,
        "startTime": "03:00",
        "transactionLogRetentionDays": 3,
    },
    "databaseFlags": FLAGS,
    "deletionProtectionEnabled": True,
    "retainBackupsOnDelete": True,
    "userLabels": {"team": "shop"},
}
DATABASE = "shop"


def database_part(instance: str) -> dict[str, Any]:
    """As an environment's file describes it."""
    return {
        "instance": instance,
        "name": DATABASE,
        "credentials": f"{instance}-url",
        "binding": {
            "variable": "DATABASE_URL",
            "user": "shop_app",
            "address": "postgresql+psycopg://{user}:{password}@{host}/{database}?application_name={connection}",
        },
    }


def make_source(sql: Client, instance: str, make_secret: Callable[[str, str], None]) -> str:
    """The instance, its users, its database with ten orders, the secret of Muster's login; its address."""
    address = sql.create(instance, **SETTINGS)
    for user, password in PASSWORDS.items():
        in_turn(sql, "users", instance, {"name": user, "password": password})
    in_turn(sql, "databases", instance, {"name": DATABASE})
    with as_user(address, "shop_app") as connection:
        connection.execute("CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
    make_secret(f"{instance}-url", f"postgresql://shop_app:{PASSWORDS['shop_app']}@{address}/{DATABASE}")
    return address


def in_turn(sql: Client, resource: str, instance: str, body: dict[str, Any]) -> None:
    """Insert it, as soon as the instance's own work (its first backup) lets it be."""

    def inserted() -> bool:
        try:
            sql.do(resource, "insert", instance=instance, body=body)
        except HttpError as refused:
            if "already in progress" not in str(refused):
                raise
            return False
        return True

    wait_until(inserted, seconds=60, what=f"{instance} is free")


def as_user(address: str, user: str, password: str = "") -> psycopg.Connection[Any]:
    """A connection by the password of the source, unless another is given."""
    return connected(address, user, password or PASSWORDS[user], DATABASE)


def orders(connection: psycopg.Connection[Any]) -> int:
    found: int = one(connection, "SELECT count(*) FROM orders")
    return found


def take_set(env: Environment) -> Manifest:
    """A set of the database and of its configuration; a run is to be under way."""
    set_id, at = new_id(), datetime.now(UTC)
    taken = take_database_backup(env, set_id, lambda: None, lambda _: None)
    text = canonical(database_configuration(env))
    reference = put(env, part_name(env.name, set_id, "configuration/database.json"), text.encode())
    parts = (taken.part, Part(Kind.CONFIGURATION, (reference,), at, len(text)))
    return Manifest(
        set_id, env.name, env.service.name, at, datetime.now(UTC), parts,
        digests={reference: sha256(text)}, facts=taken.facts,
    )  # fmt: skip


@dataclass
class Ground:
    """One drill's target, of an environment with such a database."""

    env: Environment
    target: Target
    sql: Client

    def instances(self) -> list[str]:
        """All instances of the project whose names begin like the target's, as anybody sees them."""
        listed = self.sql.call("instances", "list").get("items", [])
        return [one["name"] for one in listed if one["name"].startswith(self.target.name)]

    def secret(self, name: str) -> str:
        return read_secret(self.env, name)


def new_ground(env: Environment, sql: Client) -> Ground:
    return Ground(env, target_of(env, new_id()), sql)
