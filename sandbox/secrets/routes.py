"""Secret Manager's REST, of secrets replicated everywhere; those of one location are not emulated."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, json_body, page, page_size
from sandbox.secrets import errors, versions

if TYPE_CHECKING:
    from sandbox.secrets.secrets import Secrets

Handler = Callable[["Secrets", web.Request], Awaitable[Document]]

USUAL = 25_000  # items a page
STATE = re.compile(r"\s*state\s*[:=]\s*\"?(ENABLED|DISABLED|DESTROYED)\"?\s*")
VERBS = {"enable": "ENABLED", "disable": "DISABLED", "destroy": "DESTROYED"}


async def create(secrets: Secrets, request: web.Request) -> Document:
    secret = request.query.get("secretId", "")
    return secrets.resource(secrets.create(secret, await json_body(request)))


async def get(secrets: Secrets, request: web.Request) -> Document:
    return secrets.resource(secrets.get(request.match_info["secret"]))


async def list_secrets(secrets: Secrets, request: web.Request) -> Document:
    if request.query.get("filter"):
        raise not_emulated("secrets.list with a filter")
    return _page(request, "secrets", [secrets.resource(record) for record in secrets.list()])


async def patch(secrets: Secrets, request: web.Request) -> Document:
    fields = set(filter(None, request.query.get("updateMask", "").split(",")))
    return secrets.resource(secrets.patch(request.match_info["secret"], await json_body(request), fields))


async def delete(secrets: Secrets, request: web.Request) -> Document:
    secrets.delete(request.match_info["secret"], request.query.get("etag"))
    return {}


async def add_version(secrets: Secrets, request: web.Request) -> Document:
    body = await json_body(request)
    return _version(secrets, secrets.add_version(request.match_info["secret"], body.get("payload", {})))


async def get_version(secrets: Secrets, request: web.Request) -> Document:
    return _version(secrets, secrets.version(request.match_info["secret"], request.match_info["version"]))


async def list_versions(secrets: Secrets, request: web.Request) -> Document:
    record = secrets.get(request.match_info["secret"])
    wanted = _state(request.query.get("filter", ""))
    found = [one for one in secrets.versions.list(record["id"]) if wanted in {None, one["state"]}]
    return _page(request, "versions", [_version(secrets, one) for one in found])


async def access(secrets: Secrets, request: web.Request) -> Document:
    version = secrets.accessed(request.match_info["secret"], request.match_info["version"])
    payload = {"data": version["data"], "dataCrc32c": version["crc"]}
    return {"name": secrets.version_name(version), "payload": payload}


async def turn(secrets: Secrets, request: web.Request) -> Document:
    version = secrets.version(request.match_info["secret"], request.match_info["version"])
    state, etag = VERBS[request.match_info["verb"]], (await json_body(request)).get("etag")
    turned = secrets.versions.turn(version, state, secrets.version_name(version), etag)
    return _version(secrets, turned)


def _version(secrets: Secrets, version: Document) -> Document:
    return versions.resource(version, secrets.version_name(version))


def _state(text: str) -> str | None:
    """The state a filter asks for. Of the filter language, that is what is spoken."""
    if not text:
        return None
    match = STATE.fullmatch(text)
    if not match:
        raise not_emulated(f"The filter {text!r}")
    return match[1]


def _page(request: web.Request, kind: str, items: list[Document]) -> Document:
    size = page_size(request.query.get("pageSize"), USUAL)
    part, following = page(items, size, request.query.get("pageToken"))
    told: Document = {kind: list(part)} if part else {}
    if not request.query.get("filter"):
        told["totalSize"] = len(items)
    return told | ({"nextPageToken": following} if following else {})


SECRETS = "/v1/projects/{project}/secrets"
SECRET = SECRETS + "/{secret:[^/:{}]+}"
VERSION = SECRET + "/versions/{version:[^/:{}]+}"
CALLS: tuple[tuple[str, str, Handler], ...] = (
    ("POST", SECRETS, create),
    ("GET", SECRETS, list_secrets),
    ("GET", SECRET, get),
    ("PATCH", SECRET, patch),
    ("DELETE", SECRET, delete),
    ("POST", SECRET + ":addVersion", add_version),
    ("GET", SECRET + "/versions", list_versions),
    ("GET", VERSION, get_version),
    ("GET", VERSION + ":access", access),
    ("POST", VERSION + ":{verb:enable|disable|destroy}", turn),
)


def add_routes(app: web.Application, secrets: Secrets) -> None:
    for verb, path, handler in CALLS:
        app.router.add_route(verb, path, _handled(secrets, handler))


def _handled(secrets: Secrets, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        project = request.match_info["project"]
        if not secrets.settings.is_project(project):
            raise errors.not_authorized(project)
        return answer(await handler(secrets, request))

    return handle
