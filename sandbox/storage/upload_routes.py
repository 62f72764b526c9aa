"""Cloud Storage's REST: uploads, in their three protocols.

https://cloud.google.com/storage/docs/uploads-downloads#uploads
"""

from urllib.parse import quote

from aiohttp import web

from sandbox.kernel import discovery
from sandbox.kernel.state import Document
from sandbox.kernel.truth import Truth
from sandbox.kernel.wire import answer, json_body
from sandbox.storage.checksums import Expected
from sandbox.storage.conditions import Conditions
from sandbox.storage.content_range import ContentRange
from sandbox.storage.errors import invalid, required
from sandbox.storage.fields import OBJECT, merged, settable
from sandbox.storage.gate import Gate
from sandbox.storage.multipart import Multipart
from sandbox.storage.object import Destination, Object, check_name
from sandbox.storage.objects import Objects
from sandbox.storage.request import origin, pieces
from sandbox.storage.session import Unacceptable
from sandbox.storage.uploads import Uploads
from sandbox.storage.writer import Writer

PATH = "/upload/storage/v1/b/{bucket}/o"
UNKNOWN_TYPE = "application/octet-stream"


def add_routes(
    app: web.Application, gate: Gate, *, objects: Objects, writer: Writer, uploads: Uploads, truth: Truth
) -> None:
    routes = _Routes(objects, writer, uploads, truth)
    app.router.add_post(PATH, gate.checked(routes.insert))
    app.router.add_post("/resumable" + PATH, gate.checked(routes.insert))  # where gcloud starts a session
    app.router.add_put(PATH, gate.checked(routes.insert))
    app.router.add_delete(PATH, gate.checked(routes.cancel))


class _Routes:
    def __init__(self, objects: Objects, writer: Writer, uploads: Uploads, truth: Truth) -> None:
        self._objects = objects
        self._writer = writer
        self._uploads = uploads
        self._truth = truth

    async def insert(self, request: web.Request) -> web.Response:
        kinds = {"media": self._media, "multipart": self._multipart, "resumable": self._start}
        if "upload_id" in request.query:
            return await self._chunk(request)
        kind = request.query.get("uploadType")
        if not kind:
            raise required("Required parameter: uploadType")
        if kind not in kinds:
            raise invalid(f"Invalid uploadType: {kind}")
        return await kinds[kind](request)

    async def cancel(self, request: web.Request) -> web.Response:
        try:
            await self._uploads.cancel(request.query.get("upload_id", ""))
        except Unacceptable as reason:
            return _refusal(reason)
        return web.Response(status=499)

    async def _media(self, request: web.Request) -> web.Response:
        resource = {
            "name": request.query.get("name"),
            "contentEncoding": request.query.get("contentEncoding"),
        }
        to = self._to(request, resource, request.headers.get("Content-Type"))
        made = await self._writer.write(to, pieces(request), _expected(request, {}))
        return self._answer(request, made)

    async def _multipart(self, request: web.Request) -> web.Response:
        body = Multipart(request.headers.get("Content-Type", ""), pieces(request))
        resource, content_type = await body.head()
        to = self._to(request, resource, content_type)
        made = await self._writer.write(to, body.media(), _expected(request, resource))
        return self._answer(request, made)

    async def _start(self, request: web.Request) -> web.Response:
        resource = await json_body(request)
        to = self._to(request, resource, request.headers.get("X-Upload-Content-Type"))
        self._writer.check(to)
        session = self._uploads.start(to, _expected(request, resource))
        query = f"uploadType=resumable&name={quote(to.name, safe='')}&upload_id={session.id}"
        location = f"{origin(request)}{PATH.format(bucket=to.bucket)}?{query}"
        return web.Response(headers={"Location": location, "X-GUploader-UploadID": session.id})

    async def _chunk(self, request: web.Request) -> web.Response:
        try:
            result = await self._uploads.receive(
                request.query["upload_id"],
                ContentRange.of(request.headers.get("Content-Range")),
                request.content_length,
                pieces(request),
                _expected(request, {}),
            )
        except Unacceptable as reason:
            return _refusal(reason)
        if isinstance(result, Object):
            return self._answer(request, result)
        headers = {"Range": f"bytes=0-{result - 1}"} if result else {}
        return web.Response(status=308, reason="Resume Incomplete", headers=headers)

    def _to(self, request: web.Request, resource: Document, content_type: str | None) -> Destination:
        """What is to be written, once its resource is one that Google's API would parse."""
        method = discovery.find("POST", PATH.format(bucket="-"))
        assert method
        faults = method.check_request(resource)
        if faults:
            self._truth.mismatches += faults
            raise invalid(f"Invalid JSON payload received. {'; '.join(faults)}")
        return Destination(
            request.match_info["bucket"],
            check_name(request.query.get("name") or resource.get("name")),
            {"contentType": content_type or UNKNOWN_TYPE, **merged({}, settable(resource, OBJECT))},
            Conditions.of(request.query),
        )

    def _answer(self, request: web.Request, made: Object) -> web.Response:
        return answer(self._objects.resource(made, origin(request)))


def _expected(request: web.Request, resource: Document) -> Expected:
    return Expected.of(resource, request.headers.get("X-Goog-Hash", ""))


def _refusal(reason: Unacceptable) -> web.Response:
    return web.Response(status=reason.code, text=reason.text, content_type="text/plain")
