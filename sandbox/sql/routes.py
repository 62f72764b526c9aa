"""Cloud SQL Admin's REST, under /v1 and under /sql/v1beta4, where gcloud calls it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, is_true
from sandbox.sql import backup_runs, databases, errors, instance, users
from sandbox.sql.call import Call

if TYPE_CHECKING:
    from sandbox.sql.sql import Sql

VERSIONS = ("/v1", "/sql/v1beta4")
Handler = Callable[[Call], Awaitable[Document]]


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


async def get_operation(call: Call) -> Document:
    return call.operation(call.sql.operations.get(call.path["operation"]))


async def list_operations(call: Call) -> Document:
    found = call.sql.operations.list(call.query.get("instance"))
    return call.page("sql#operationsList", map(call.operation, found))


def _database(call: Call, database: Document) -> Document:
    link = f"{call.link}/instances/{call.instance}/databases/{database['name']}"
    return database | {"instance": call.instance, "project": call.sql.settings.project, "selfLink": link}


async def insert_database(call: Call) -> Document:
    body = await call.json()
    async with call.server() as server:
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
    async with call.server() as server:
        with call.sql.operations.at_once("DELETE_DATABASE", call.instance) as operation:
            await databases.delete(server, call.path["database"])
    return call.operation(operation)


def _user(call: Call, user: Document) -> Document:
    return user | {"instance": call.instance, "project": call.sql.settings.project}


async def insert_user(call: Call) -> Document:
    body = await call.json()
    async with call.server() as server:
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
    async with call.server() as server:
        with call.sql.operations.at_once("UPDATE_USER", call.instance) as operation:
            await users.update(server, call.query.get("name", ""), body)
    return call.operation(operation)


async def delete_user(call: Call) -> Document:
    async with call.server() as server:
        with call.sql.operations.at_once("DELETE_USER", call.instance) as operation:
            await users.delete(server, call.query.get("name", ""))
    return call.operation(operation)


async def insert_backup_run(call: Call) -> Document:
    return call.operation(call.sql.backup_runs.insert(call.instance, await call.json()))


async def list_backup_runs(call: Call) -> Document:
    found = call.sql.backup_runs.list(call.instance)
    return call.page("sql#backupRunsList", [backup_runs.resource(run, call.link) for run in found])


async def get_backup_run(call: Call) -> Document:
    return backup_runs.resource(call.sql.backup_runs.get(call.instance, call.path["number"]), call.link)


async def delete_backup_run(call: Call) -> Document:
    return call.operation(call.sql.backup_runs.delete(call.instance, call.path["number"]))


PROJECT = "/projects/{project}"
INSTANCE = PROJECT + "/instances/{instance:[^/:{}]+}"
CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/flags", list_flags),
    ("POST", PROJECT + "/instances", insert_instance),
    ("GET", PROJECT + "/instances", list_instances),
    ("GET", INSTANCE, get_instance),
    ("PATCH", INSTANCE, patch_instance),
    ("PUT", INSTANCE, update_instance),
    ("DELETE", INSTANCE, delete_instance),
    ("POST", INSTANCE + "/restart", restart_instance),
    ("GET", PROJECT + "/operations", list_operations),
    ("GET", PROJECT + "/operations/{operation}", get_operation),
    ("POST", INSTANCE + "/databases", insert_database),
    ("GET", INSTANCE + "/databases", list_databases),
    ("GET", INSTANCE + "/databases/{database}", get_database),
    ("DELETE", INSTANCE + "/databases/{database}", delete_database),
    ("POST", INSTANCE + "/users", insert_user),
    ("GET", INSTANCE + "/users", list_users),
    ("PUT", INSTANCE + "/users", update_user),
    ("DELETE", INSTANCE + "/users", delete_user),
    ("GET", INSTANCE + "/users/{user}", get_user),
    ("POST", INSTANCE + "/backupRuns", insert_backup_run),
    ("GET", INSTANCE + "/backupRuns", list_backup_runs),
    ("GET", INSTANCE + "/backupRuns/{number}", get_backup_run),
    ("DELETE", INSTANCE + "/backupRuns/{number}", delete_backup_run),
)


def add_routes(app: web.Application, sql: Sql) -> None:
    for version in VERSIONS:
        for verb, path, handler in CALLS:
            app.router.add_route(verb, version + path, _handled(sql, handler))


def _handled(sql: Sql, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        if "project" in request.match_info and not sql.settings.is_project(request.match_info["project"]):
            raise errors.not_authorized()
        return answer(await handler(Call(request, sql)))

    return handle
