"""Cloud Logging's REST: entries:list and entries:write."""

from itertools import islice

from aiohttp import web

from sandbox.kernel.errors import RpcError
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, continuation, json_body, offset, page_size
from sandbox.logging.entries import Entries
from sandbox.logging.filter import parse

MOST = 1000  # entries a page
USUAL = 50
ORDERS = {"": False, "timestamp asc": False, "timestamp desc": True}


def add_routes(app: web.Application, entries: Entries) -> None:
    async def list_entries(request: web.Request) -> web.Response:
        return answer(_list(entries, await json_body(request)))

    async def write_entries(request: web.Request) -> web.Response:
        body = await json_body(request)
        defaults = {key: body[key] for key in ("logName", "resource", "labels") if key in body}
        written = [{**defaults, **entry} for entry in body.get("entries", [])]
        for index, entry in enumerate(written):
            if "logName" not in entry or "resource" not in entry:
                raise RpcError("INVALID_ARGUMENT", f"Log entry {index}: logName and resource are required.")
        if not body.get("dryRun"):
            entries.write(written)
        return answer({})

    app.router.add_post("/v2/entries:list", list_entries)
    app.router.add_post("/v2/entries:write", write_entries)


def _list(entries: Entries, body: Document) -> Document:
    if not body.get("resourceNames"):
        raise RpcError("INVALID_ARGUMENT", "At least one resource name is required.")
    order = body.get("orderBy", "")
    if order not in ORDERS:
        raise RpcError("INVALID_ARGUMENT", f"Unsupported order: {order!r}.")
    size = min(page_size(body.get("pageSize"), USUAL), MOST)
    wanted = parse(body.get("filter", ""))
    start = offset(body.get("pageToken"))
    names = tuple(f"{name}/" for name in body["resourceNames"])
    found = (
        entry
        for entry in entries.read(wanted.since, wanted.until, newest_first=ORDERS[order])
        if entry["logName"].startswith(names) and wanted.admits(entry)
    )
    part = list(islice(found, start, start + size + 1))
    answer: Document = {"entries": part[:size]} if part else {}
    if len(part) > size:
        answer["nextPageToken"] = continuation(start + size)
    return answer
