"""Recovery: restoring backups."""

from sandbox.kernel.state import Document
from sandbox.sql.call import INSTANCE, Call, Route


async def restore_backup(call: Call) -> Document:
    return call.operation(call.sql.restores.restore(call.instance, await call.json()))


CALLS: tuple[Route, ...] = (("POST", INSTANCE + "/restoreBackup", restore_backup),)
