"""Backups of the project."""

from sandbox.kernel.state import Document
from sandbox.kernel.wire import page, page_size
from sandbox.sql import project_backups
from sandbox.sql.call import PROJECT, USUAL, Call, Route


async def create_backup(call: Call) -> Document:
    return call.operation(call.sql.project_backups.create(await call.json()))


async def list_backups(call: Call) -> Document:
    found = call.sql.project_backups.list(call.query.get("filter", ""), call.sql.settings.project, call.link)
    size = page_size(call.query.get("pageSize"), USUAL)
    part, following = page(found, size, call.query.get("pageToken"))
    told: Document = {"backups": list(part)} if part else {}
    if following:
        told["nextPageToken"] = following
    if warnings := call.sql.project_backups.warnings():
        told["warnings"] = warnings
    return told


async def get_backup(call: Call) -> Document:
    backup = call.sql.backups.find(call.path["uid"])
    return project_backups.resource(backup, call.sql.settings.project, call.link)


async def update_backup(call: Call) -> Document:
    mask = call.query.get("updateMask", "")
    changed = call.sql.project_backups.update(call.path["uid"], await call.json(), mask)
    return call.operation(changed)


async def delete_backup(call: Call) -> Document:
    return call.operation(call.sql.backup_runs.delete_backup(call.path["uid"]))


CALLS: tuple[Route, ...] = (
    ("POST", PROJECT + "/backups", create_backup),
    ("GET", PROJECT + "/backups", list_backups),
    ("GET", PROJECT + "/backups/{uid}", get_backup),
    ("PATCH", PROJECT + "/backups/{uid}", update_backup),
    ("DELETE", PROJECT + "/backups/{uid}", delete_backup),
)
