"""Instances and flags."""

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.kernel.wire import is_true
from sandbox.sql import instance
from sandbox.sql.call import INSTANCE, PROJECT, Call, Route


async def list_flags(call: Call) -> Document:
    wanted = call.query.get("databaseVersion", instance.VERSION)
    known = (await call.sql.clusters.flags.known()).values() if wanted == instance.VERSION else ()
    return {"kind": "sql#flagsList", "items": [flag.resource() for flag in known]}


async def insert_instance(call: Call) -> Document:
    return call.operation(await call.sql.instances.insert(await call.json()))


def _instance(call: Call, record: Document) -> Document:
    return instance.resource(record, call.sql.settings, call.link, call.sql.clusters.binaries.version)


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
    if is_true(call.query.get("enableFinalBackup")):
        raise not_emulated("A final backup")
    return call.operation(call.sql.instances.delete(call.instance))


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
