"""The console's HTTP: the page, what it is made of, and what it shows."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from sandbox.console.console import Console
from sandbox.kernel.faults import PAGE
from sandbox.kernel.wire import answer

FOLDER = Path(__file__).with_name("page")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}


def add_routes(app: web.Application, console: Console) -> None:
    async def show(request: web.Request) -> web.Response:
        """What the page shows, once that is something else than what was seen."""
        found = await console.show()
        headers = {"Cache-Control": "no-store"}
        if request.query.get("seen") == found["version"]:
            return web.Response(status=204, headers=headers)
        return answer(found, headers=headers)

    async def show_bucket(request: web.Request) -> web.Response:
        page = console.bucket(request.match_info["bucket"])
        return web.Response(text=page, content_type="text/html", headers=HEADERS)

    app.router.add_get(PAGE, _file("console.html", "text/html"))
    app.router.add_get("/sandbox/console", show)
    app.router.add_get("/sandbox/console/buckets/{bucket}", show_bucket)
    app.router.add_get("/sandbox/console.css", _file("console.css", "text/css"))
    app.router.add_get("/sandbox/console.js", _file("console.js", "text/javascript"))


def _file(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def send(_: web.Request) -> web.FileResponse:
        headers = HEADERS | {"Content-Type": f"{kind}; charset=utf-8"}
        return web.FileResponse(FOLDER / name, headers=headers)

    return send
