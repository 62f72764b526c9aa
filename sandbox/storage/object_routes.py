"""Cloud Storage's REST: objects."""

from typing import Any

from aiohttp import web

from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, is_true, json_body
from sandbox.storage.buckets import Buckets
from sandbox.storage.conditions import Conditions, number
from sandbox.storage.errors import invalid, unsupported
from sandbox.storage.fields import OBJECT, merged, settable
from sandbox.storage.files import Files
from sandbox.storage.gate import Gate
from sandbox.storage.listing import MOST, Listing, Place
from sandbox.storage.media import send
from sandbox.storage.object import Destination, Object, check_name
from sandbox.storage.objects import Objects
from sandbox.storage.request import check_etag, origin
from sandbox.storage.rewrite import Rewrite
from sandbox.storage.writer import Source, Writer

OBJECTS = "/storage/v1/b/{bucket}/o"
ONE = OBJECTS + "/{object:[^/]+}"
TO = "/b/{to_bucket}/o/{to_object:[^/]+}"


def add_routes(
    app: web.Application, gate: Gate, *, buckets: Buckets, objects: Objects, writer: Writer, files: Files
) -> None:
    routes = _Routes(buckets, objects, writer, files)
    app.router.add_get(OBJECTS, gate.checked(routes.list))
    app.router.add_get(ONE, gate.checked(routes.get), allow_head=False)
    app.router.add_get("/download" + ONE, gate.checked(routes.get), allow_head=False)
    app.router.add_patch(ONE, gate.checked(routes.patch))
    app.router.add_put(ONE, gate.checked(routes.update))
    app.router.add_delete(ONE, gate.checked(routes.delete))
    app.router.add_post(ONE + "/restore", gate.checked(routes.restore))
    app.router.add_post(ONE + "/compose", gate.checked(routes.compose))
    app.router.add_post(ONE + "/copyTo" + TO, gate.checked(routes.copy))
    app.router.add_post(ONE + "/rewriteTo" + TO, gate.checked(routes.rewrite))


class _Routes:
    def __init__(self, buckets: Buckets, objects: Objects, writer: Writer, files: Files) -> None:
        self._buckets = buckets
        self._objects = objects
        self._writer = writer
        self._files = files

    async def list(self, request: web.Request) -> web.Response:
        query = request.query
        bucket = self._buckets.find(request.match_info["bucket"])
        wanted = Listing(
            bucket.name,
            query.get("prefix", ""),
            query.get("delimiter", ""),
            query.get("startOffset", ""),
            query.get("endOffset", ""),
            is_true(query.get("versions")),
            is_true(query.get("includeTrailingDelimiter")),
            min(number(query, "maxResults") or MOST, MOST),
            is_true(query.get("softDeleted")),
        )
        if wanted.versions and wanted.soft_deleted:
            raise invalid("softDeleted and versions cannot both be true.")
        token = query.get("pageToken")
        page = wanted.page(self._objects, Place.of(token) if token else None)
        items = [self._objects.resource(item, origin(request)) for item in page.items]
        return answer(
            {
                "kind": "storage#objects",
                **({"items": items} if items else {}),
                **({"prefixes": page.prefixes} if page.prefixes else {}),
                **({"nextPageToken": page.following.token} if page.following else {}),
            }
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("alt") != "media":
            return self._answer(request, self._read(request))
        try:
            found = self._read(request)
        except ReasonError as error:  # bytes were asked for, so the error is no JSON either
            return web.Response(status=error.code, text=error.message, content_type="text/html")
        with self._files.open(found.content.file) as file:
            return await send(request, found, file)

    def _read(self, request: web.Request) -> Object:
        if is_true(request.query.get("softDeleted")):
            if request.query.get("alt") == "media":
                raise invalid("The bytes of a soft-deleted object cannot be read; restore it first.")
            found = self._find_soft_deleted(request)
        else:
            found = self._find(request)
        Conditions.of(request.query).check_read(found)
        check_etag(request, found.etag)
        return found

    async def patch(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        found = self._write(request)
        plain = {key: value for key, value in body.items() if key != "retention"}
        fields = merged(found.fields, _changes(plain, found))
        if "retention" in body:
            fields = self._with_retention(request, found, fields, body["retention"])
        return self._answer(request, self._objects.change(found, fields))

    async def update(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        found = self._write(request)
        plain = {key: value for key, value in body.items() if key != "retention"}
        fields = merged({"storageClass": found.fields["storageClass"]}, _changes(plain, found))
        fields = self._with_retention(request, found, fields, body.get("retention"))
        return self._answer(request, self._objects.change(found, fields))

    def _with_retention(self, request: web.Request, found: Object, fields: Document, asked: Any) -> Document:
        """The fields with the retention that the object has then."""
        override = is_true(request.query.get("overrideUnlockedRetention"))
        retention = self._objects.retention(found, asked, override=override)
        others = {key: value for key, value in fields.items() if key != "retention"}
        return others if retention is None else {**others, "retention": retention}

    async def restore(self, request: web.Request) -> web.Response:
        if is_true(request.query.get("copySourceAcl")):
            raise unsupported("copySourceAcl")
        found = self._find_soft_deleted(request)
        return self._answer(request, await self._writer.restore(found, Conditions.of(request.query)))

    async def delete(self, request: web.Request) -> web.Response:
        found = self._write(request)
        if "generation" in request.query:
            self._objects.erase(found)
        else:
            self._objects.delete(found)
        return web.Response(status=204)

    async def compose(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        if body.get("deleteSourceObjects"):
            raise unsupported("deleteSourceObjects")
        bucket, name = request.match_info["bucket"], check_name(request.match_info["object"])
        sources = [
            Source(
                bucket,
                check_name(source.get("name")),
                number(source, "generation"),
                Conditions.of(source.get("objectPreconditions") or {}),
            )
            for source in body.get("sourceObjects") or []
        ]
        fields = merged({}, settable(body.get("destination") or {}, OBJECT))
        to = Destination(bucket, name, fields, Conditions.of(request.query))
        return self._answer(request, await self._writer.compose(to, sources))

    async def copy(self, request: web.Request) -> web.Response:
        fields = merged({}, settable(await json_body(request), OBJECT))
        return self._answer(request, await self._copy(request, self._source(request), fields))

    async def rewrite(self, request: web.Request) -> web.Response:
        fields = merged({}, settable(await json_body(request), OBJECT))
        token = request.query.get("rewriteToken")
        source = self._source(request)
        path = request.match_info
        way = f"{path['bucket']}/{path['object']}", f"{path['to_bucket']}/{path['to_object']}"
        rewrite = Rewrite.of(token, *way) if token else Rewrite(*way, source.generation)
        if token:
            source = self._objects.find(source.bucket, source.name, rewrite.generation)
        size = source.content.size
        rewrite = rewrite.further(size, number(request.query, "maxBytesRewrittenPerCall"))
        made = await self._copy(request, source, fields) if rewrite.done == size else None
        return answer(rewrite.resource(size, self._objects.resource(made, origin(request)) if made else None))

    def _source(self, request: web.Request) -> Object:
        path = request.match_info
        generation = number(request.query, "sourceGeneration")
        conditions = Conditions.of(request.query, "ifSource")
        return Source(path["bucket"], path["object"], generation, conditions).find(self._objects)

    async def _copy(self, request: web.Request, source: Object, fields: Document) -> Object:
        path = request.match_info
        name = check_name(path["to_object"])
        to = Destination(path["to_bucket"], name, fields, Conditions.of(request.query))
        return await self._writer.copy(source, to)

    def _find(self, request: web.Request) -> Object:
        path = request.match_info
        return self._objects.find(path["bucket"], path["object"], number(request.query, "generation"))

    def _find_soft_deleted(self, request: web.Request) -> Object:
        path = request.match_info
        generation = number(request.query, "generation")
        return self._objects.find_soft_deleted(path["bucket"], path["object"], generation)

    def _write(self, request: web.Request) -> Object:
        found = self._find(request)
        Conditions.of(request.query).check(found)
        return found

    def _answer(self, request: web.Request, made: Object) -> web.Response:
        return answer(self._objects.resource(made, origin(request)))


def _changes(body: Document, found: Object) -> Document:
    """The fields to set on an object that is there; its storage class only a rewrite changes."""
    if body.get("storageClass", found.fields["storageClass"]) != found.fields["storageClass"]:
        raise unsupported("A change of storage class other than by a rewrite")
    return settable(body, OBJECT)
