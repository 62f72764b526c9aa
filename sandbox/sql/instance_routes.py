"""Instances and flags."""

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.kernel.wire import is_true
from sandbox.sql import instance
from sandbox.sql.call import INSTANCE, PROJECT, Call, Route
from sandbox.sql.deletions import USUAL_DAYS

FINAL = ("ttlDays", "expiryTime", "description")


async def list_flags(call: Call) -> Document:
    wanted = call.query.get("databaseVersion", instance.VERSION)
    known = (await call.sql.clusters.flags.known()).values() if wanted == instance.VERSION else ()
    return {"kind": "sql#flagsList", "items": [flag.resource() for flag in known]}


async def insert_instance(call: Call) -> Document:
    body = await call.json()
    if body.get("masterInstanceName"):
        return call.operation(await call.sql.replicas.insert(body))
    return call.operation(await call.sql.instances.insert(body))


def _instance(call: Call, record: Document) -> Document:
    replicas = call.sql.instances.replicas(record["name"])
    version = call.sql.clusters.binaries.version
    return instance.resource(record, call.sql.settings, call.link, version, replicas)


async def get_instance(call: Call) -> Document:
    return _instance(call, call.sql.instances.get(call.instance))


async def list_instances(call: Call) -> Document:
    if call.query.get("filter"):
        raise not_emulated("instances.list with a filter")
    return call.page("sql#instancesList", [_instance(call, one) for one in call.sql.instances.list()])


async def patch_instance(call: Call) -> Document:
    changed = await call.sql.instances.change(call.instance, await call.json(), whole=False)
    return call.operation(changed)


async def update_instance(call: Call) -> Document:
    changed = await call.sql.instances.change(call.instance, await call.json(), whole=True)
    return call.operation(changed)


async def restart_instance(call: Call) -> Document:
    return call.operation(call.sql.instances.restart(call.instance))


async def delete_instance(call: Call) -> Document:
    return call.operation(call.sql.deletions.delete(call.instance, _final_backup(call)))


def _final_backup(call: Call) -> Document | None:
    """What the query asks for, or None where it asks for nothing."""
    wanted = call.query.get("enableFinalBackup")
    if wanted is None:
        return None
    asked = {name: call.query.get("finalBackup" + name[0].upper() + name[1:]) for name in FINAL}
    if not asked["ttlDays"] and not asked["expiryTime"]:
        asked["ttlDays"] = str(USUAL_DAYS)
    return {"enabled": is_true(wanted), **{name: value for name, value in asked.items() if value}}


CALLS: tuple[Route, ...] = (
    ("GET", "/flags", list_flags),
    ("POST", PROJECT + "/instances", insert_instance),
    ("GET", PROJECT + "/instances", list_instances),
    ("GET", INSTANCE, get_instance),
    ("PATCH", INSTANCE, patch_instance),
    ("PUT", INSTANCE, update_instance),
    ("DELETE", INSTANCE, delete_instance),
    ("POST", INSTANCE + "/restart", restart_instance),
)
