"""Replication slots: each keeps, in a primary, the log that a replica has yet to read."""

import asyncio

from psycopg import errors as failures
from psycopg.conninfo import make_conninfo

from sandbox.kernel.state import Document
from sandbox.sql.addresses import PORT
from sandbox.sql.cluster import Cluster
from sandbox.sql.configuration import ADMIN

PATIENCE = 60.0  # seconds for a slot's last reader to be gone


def name(replica: str) -> str:
    """The name of a replica's slot."""
    return "replica_" + replica.replace("-", "_")


def following(replica: str, primary: Document) -> dict[str, str]:
    """PostgreSQL's settings by which a replica follows that primary, through its slot there."""
    where = {
        "host": primary["address"], "port": str(PORT), "user": ADMIN, "password": primary["password"],
        "application_name": replica, "sslmode": "disable",
    }  # fmt: skip
    return {"primary_conninfo": make_conninfo("", **where), "primary_slot_name": name(replica)}


async def make(cluster: Cluster, replica: str) -> None:
    """Make a replica's slot, unless it is there."""
    async with await cluster.connect() as connection:
        await connection.execute(
            "SELECT pg_create_physical_replication_slot(%s, true) "
            "WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)",
            (name(replica), name(replica)),
        )


async def drop(cluster: Cluster, replica: str) -> None:
    """Drop a replica's slot, if it is there. One whose reader has just ended is in use for a moment still."""
    async with await cluster.connect() as connection, asyncio.timeout(PATIENCE):
        while True:
            try:
                await connection.execute(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                    "WHERE slot_name = %s",
                    (name(replica),),
                )
            except failures.ObjectInUse:
                await asyncio.sleep(0.1)
            else:
                return
