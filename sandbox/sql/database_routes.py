"""Databases: each change is an operation that has ended already."""

from sandbox.kernel.state import Document
from sandbox.sql import databases
from sandbox.sql.call import INSTANCE, Call, Route


def _database(call: Call, database: Document) -> Document:
    link = f"{call.link}/instances/{call.instance}/databases/{database['name']}"
    return database | {"instance": call.instance, "project": call.sql.settings.project, "selfLink": link}


async def insert_database(call: Call) -> Document:
    body = await call.json()
    async with call.primary() as server:
        with call.sql.operations.at_once("CREATE_DATABASE", call.instance) as operation:
            await databases.insert(server, body)
    return call.operation(operation)


async def list_databases(call: Call) -> Document:
    async with call.server() as server:
        found = await databases.listed(server)
    return {"kind": "sql#databasesList", "items": [_database(call, one) for one in found]}


async def get_database(call: Call) -> Document:
    async with call.server() as server:
        return _database(call, await databases.get(server, call.path["database"]))


async def delete_database(call: Call) -> Document:
    async with call.primary() as server:
        with call.sql.operations.at_once("DELETE_DATABASE", call.instance) as operation:
            await databases.delete(server, call.path["database"])
    return call.operation(operation)


CALLS: tuple[Route, ...] = (
    ("POST", INSTANCE + "/databases", insert_database),
    ("GET", INSTANCE + "/databases", list_databases),
    ("GET", INSTANCE + "/databases/{database}", get_database),
    ("DELETE", INSTANCE + "/databases/{database}", delete_database),
)
