"""Operations."""

from sandbox.kernel.state import Document
from sandbox.sql.call import PROJECT, Call, Route


async def get_operation(call: Call) -> Document:
    return call.operation(call.sql.operations.get(call.path["operation"]))


async def list_operations(call: Call) -> Document:
    found = call.sql.operations.list(call.query.get("instance"))
    return call.page("sql#operationsList", map(call.operation, found))


CALLS: tuple[Route, ...] = (
    ("GET", PROJECT + "/operations", list_operations),
    ("GET", PROJECT + "/operations/{operation}", get_operation),
)
