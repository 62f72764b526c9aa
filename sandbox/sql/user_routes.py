"""Users: each change is an operation that has ended already."""

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.sql import users
from sandbox.sql.call import INSTANCE, Call, Route


def _user(call: Call, user: Document) -> Document:
    return user | {"instance": call.instance, "project": call.sql.settings.project}


async def insert_user(call: Call) -> Document:
    body = await call.json()
    async with call.primary() as server:
        with call.sql.operations.at_once("CREATE_USER", call.instance) as operation:
            await users.insert(server, body)
    return call.operation(operation)


async def list_users(call: Call) -> Document:
    async with call.server() as server:
        found = await users.listed(server)
    return {"kind": "sql#usersList", "items": [_user(call, one) for one in found]}


async def get_user(call: Call) -> Document:
    async with call.server() as server:
        return _user(call, await users.get(server, call.path["user"]))


async def update_user(call: Call) -> Document:
    if call.query.get("databaseRoles"):
        raise not_emulated("Changing a user's databaseRoles")
    body = await call.json()
    async with call.primary() as server:
        with call.sql.operations.at_once("UPDATE_USER", call.instance) as operation:
            await users.update(server, call.query.get("name", ""), body)
    return call.operation(operation)


async def delete_user(call: Call) -> Document:
    async with call.primary() as server:
        with call.sql.operations.at_once("DELETE_USER", call.instance) as operation:
            await users.delete(server, call.query.get("name", ""))
    return call.operation(operation)


CALLS: tuple[Route, ...] = (
    ("POST", INSTANCE + "/users", insert_user),
    ("GET", INSTANCE + "/users", list_users),
    ("PUT", INSTANCE + "/users", update_user),
    ("DELETE", INSTANCE + "/users", delete_user),
    ("GET", INSTANCE + "/users/{user}", get_user),
)
