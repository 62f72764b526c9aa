"""Cloud SQL Admin's REST, under /v1 and under /sql/v1beta4, where gcloud calls it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.kernel.wire import answer
from sandbox.sql import (
    backup_routes,
    database_routes,
    errors,
    instance_routes,
    operation_routes,
    project_backup_routes,
    recovery_routes,
    transfer_routes,
    user_routes,
)
from sandbox.sql.call import Call, Handler

if TYPE_CHECKING:
    from sandbox.sql.sql import Sql

VERSIONS = ("/v1", "/sql/v1beta4")
CALLS = (
    *instance_routes.CALLS,
    *operation_routes.CALLS,
    *database_routes.CALLS,
    *user_routes.CALLS,
    *backup_routes.CALLS,
    *project_backup_routes.CALLS,
    *recovery_routes.CALLS,
    *transfer_routes.CALLS,
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
