"""Slack's HTTP: the Web API as slack-sdk speaks it, and the inbox."""

import json
import secrets
from pathlib import Path
from string import Template

from aiohttp import web

from sandbox.kernel.errors import SlackError
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer
from sandbox.slack.inbox import Inbox
from sandbox.slack.methods import Methods

PAGE = Template(Path(__file__).with_name("inbox.html").read_text())
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; script-src 'nonce-{}'"
)


def add_routes(app: web.Application, methods: Methods, inbox: Inbox) -> None:
    async def call(request: web.Request) -> web.Response:
        arguments = await _arguments(request)
        token = str(arguments.pop("token", ""))
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        return answer(
            methods.call(request.match_info["method"], bearer if scheme == "Bearer" else token, arguments)
        )

    async def show(request: web.Request) -> web.Response:
        """The page; and to the page, what it shows, once that is something else than what was seen."""
        name = request.match_info.get("channel")
        headers = {"Cache-Control": "no-store", "Vary": "Accept"}
        if request.headers.get("Accept") == "application/json":
            if request.query.get("seen") == inbox.version:
                return web.Response(status=204, headers=headers)
            return answer(inbox.show(name), headers=headers)
        nonce = secrets.token_urlsafe(16)
        headers["Content-Security-Policy"] = POLICY.format(nonce)
        page = PAGE.substitute(inbox.show(name), nonce=nonce)
        return web.Response(text=page, content_type="text/html", headers=headers)

    app.router.add_route("*", "/slack/api/{method}", call)
    app.router.add_get("/slack", show)
    app.router.add_get("/slack/{channel}", show)


async def _arguments(request: web.Request) -> Document:
    """From the query, and from the body in either of its forms."""
    arguments: Document = dict(request.query)
    if request.content_type != "application/json":
        return {**arguments, **await request.post()}
    try:
        body = json.loads(await request.read() or "{}")
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return {**arguments, **body}
