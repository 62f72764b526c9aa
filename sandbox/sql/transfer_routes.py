"""Exports and imports."""

from sandbox.kernel.state import Document
from sandbox.sql.call import INSTANCE, Call, Route


async def export_instance(call: Call) -> Document:
    context = (await call.json()).get("exportContext", {})
    return call.operation(call.sql.exports.begin(call.instance, context))


async def import_instance(call: Call) -> Document:
    context = (await call.json()).get("importContext", {})
    return call.operation(call.sql.imports.begin(call.instance, context))


CALLS: tuple[Route, ...] = (
    ("POST", INSTANCE + "/export", export_instance),
    ("POST", INSTANCE + "/import", import_instance),
)
