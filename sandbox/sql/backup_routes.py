"""Backup runs."""

from sandbox.kernel.state import Document
from sandbox.sql import backup_runs
from sandbox.sql.call import INSTANCE, Call, Route


async def insert_backup_run(call: Call) -> Document:
    return call.operation(call.sql.backup_runs.insert(call.instance, await call.json()))


async def list_backup_runs(call: Call) -> Document:
    found = call.sql.backup_runs.list(call.instance)
    return call.page("sql#backupRunsList", [backup_runs.resource(run, call.link) for run in found])


async def get_backup_run(call: Call) -> Document:
    return backup_runs.resource(call.sql.backup_runs.get(call.instance, call.path["number"]), call.link)


async def delete_backup_run(call: Call) -> Document:
    return call.operation(call.sql.backup_runs.delete(call.instance, call.path["number"]))


CALLS: tuple[Route, ...] = (
    ("POST", INSTANCE + "/backupRuns", insert_backup_run),
    ("GET", INSTANCE + "/backupRuns", list_backup_runs),
    ("GET", INSTANCE + "/backupRuns/{number}", get_backup_run),
    ("DELETE", INSTANCE + "/backupRuns/{number}", delete_backup_run),
)
