"""Recovery: restoring backups, clones, the window of instants, promotion."""

from sandbox.kernel.clock import stamp_ms
from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.kernel.wire import is_true
from sandbox.sql.call import INSTANCE, Call, Route


async def restore_backup(call: Call) -> Document:
    return call.operation(call.sql.restores.restore(call.instance, await call.json()))


async def clone(call: Call) -> Document:
    asked = (await call.json()).get("cloneContext", {})
    return call.operation(call.sql.clones.clone(call.instance, asked))


async def promote_replica(call: Call) -> Document:
    failover = is_true(call.query.get("failover"))
    return call.operation(call.sql.promotions.promote(call.instance, failover=failover))


async def get_latest_recovery_time(call: Call) -> Document:
    """The window; without instants while it is empty."""
    if call.query.get("sourceInstanceDeletionTime"):
        raise not_emulated("The recovery window of a deleted instance")
    window = call.sql.clones.window(call.instance)
    told = {"kind": "sql#getLatestRecoveryTime"}
    if window is None:
        return told
    times = {"earliestRecoveryTime": window.earliest, "latestRecoveryTime": window.latest}
    return told | {name: stamp_ms(at) for name, at in times.items()}


CALLS: tuple[Route, ...] = (
    ("POST", INSTANCE + "/restoreBackup", restore_backup),
    ("POST", INSTANCE + "/clone", clone),
    ("POST", INSTANCE + "/promoteReplica", promote_replica),
    ("GET", INSTANCE + "/getLatestRecoveryTime", get_latest_recovery_time),
)
