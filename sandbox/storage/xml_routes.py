"""Cloud Storage's XML API, as far as uploads in parts go: `/BUCKET/OBJECT?uploads`, `?uploadId=...`."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from aiohttp import web

from sandbox.kernel.errors import ReasonError
from sandbox.kernel.fault import Fault
from sandbox.kernel.state import Document
from sandbox.storage import xml
from sandbox.storage.checksums import Expected
from sandbox.storage.gate import Gate
from sandbox.storage.multipart_upload import MultipartUpload
from sandbox.storage.multipart_uploads import MultipartUploads
from sandbox.storage.object import Destination, check_name
from sandbox.storage.request import origin, pieces
from sandbox.storage.writer import Writer
from sandbox.storage.xml import XmlError

BUCKET = "/{bucket:[a-z0-9][a-z0-9._-]+}"
OBJECT = BUCKET + "/{object:.+}"
HEADERS = {  # of a request that starts an upload, and the field each sets
    "Cache-Control": "cacheControl",
    "Content-Disposition": "contentDisposition",
    "Content-Encoding": "contentEncoding",
    "Content-Language": "contentLanguage",
    "Content-Type": "contentType",
    "X-Goog-Custom-Time": "customTime",
    "X-Goog-Storage-Class": "storageClass",
}
UPLOADS = {"uploads", "uploadId"}  # what makes a request one of this API
CODES = {403: "AccessDenied", 404: "NoSuchKey", 429: "SlowDown", 503: "ServiceUnavailable"}  # of faults
META = "x-goog-meta-"
MOST = 1000  # parts a page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application, gate: Gate, *, writer: Writer, uploads: MultipartUploads) -> None:
    """Their paths begin at the root, so they must come after everybody else's."""
    routes = _Routes(writer, uploads)
    methods: tuple[tuple[str, str, Mapping[str, Handler]], ...] = (
        ("GET", BUCKET, {"uploads": routes.list}),
        ("GET", OBJECT, {"uploadId": routes.parts}),
        ("POST", OBJECT, {"uploads": routes.start, "uploadId": routes.complete}),
        ("PUT", OBJECT, {"partNumber": routes.receive}),
        ("DELETE", OBJECT, {"uploadId": routes.abort}),
    )
    for verb, path, queries in methods:
        app.router.add_route(verb, path, _told(_by_query(queries, gate)))


class _Routes:
    def __init__(self, writer: Writer, uploads: MultipartUploads) -> None:
        self._writer = writer
        self._uploads = uploads

    async def start(self, request: web.Request) -> web.Response:
        said = {field: request.headers[name] for name, field in HEADERS.items() if name in request.headers}
        fields: Document = {"contentType": "application/octet-stream", **said}
        metadata = {
            name.lower().removeprefix(META): value
            for name, value in request.headers.items()
            if name.lower().startswith(META)
        }
        path = request.match_info
        to = Destination(
            path["bucket"],
            check_name(path["object"]),
            {**fields, **({"metadata": metadata} if metadata else {})},
        )
        self._writer.check(to)
        upload = self._uploads.start(to)
        return _answer("InitiateMultipartUploadResult", _about(upload))

    async def receive(self, request: web.Request) -> web.Response:
        upload = self._find(request)
        number = request.query["partNumber"]
        expected = Expected.of(
            {"md5Hash": request.headers.get("Content-MD5")}, request.headers.get("X-Goog-Hash", "")
        )
        part = await self._uploads.receive(
            upload, int(number) if number.isdecimal() else 0, pieces(request), expected
        )
        hashes = f"crc32c={part.crc32c},md5={part.md5}"
        return web.Response(headers={"ETag": part.etag, "X-Goog-Hash": hashes})

    async def parts(self, request: web.Request) -> web.Response:
        upload = self._find(request)
        after, most = (_number(request, name) for name in ("part-number-marker", "max-parts"))
        parts = [part for part in self._uploads.parts(upload) if part.number > (after or 0)]
        shown = parts[: min(most or MOST, MOST)]
        told = [
            {"PartNumber": part.number, "LastModified": part.modified, "ETag": part.etag, "Size": part.size}
            for part in shown
        ]
        more = len(shown) < len(parts)
        return _answer(
            "ListPartsResult",
            {
                **_about(upload),
                "PartNumberMarker": after or 0,
                **({"NextPartNumberMarker": shown[-1].number} if more else {}),
                "MaxParts": min(most or MOST, MOST),
                "IsTruncated": str(more).lower(),
                "Part": told,
            },
        )

    async def list(self, request: web.Request) -> web.Response:
        """All of a bucket's that are under way, on one page."""
        bucket, prefix = request.match_info["bucket"], request.query.get("prefix", "")
        self._writer.check(Destination(bucket, "-", {}))
        found = [one for one in self._uploads.of_bucket(bucket) if one.to.name.startswith(prefix)]
        told = [
            {"Key": one.to.name, "UploadId": one.id, "StorageClass": _class(one), "Initiated": one.initiated}
            for one in found
        ]
        about = {"Bucket": bucket, "Prefix": prefix, "IsTruncated": "false", "Upload": told}
        return _answer("ListMultipartUploadsResult", about)

    async def complete(self, request: web.Request) -> web.Response:
        upload = self._find(request)
        made, etag = await self._uploads.complete(upload, xml.parts_named(await request.read()))
        location = f"{origin(request)}/{made.bucket}/{quote(made.name)}"
        content = {"Location": location, "Bucket": made.bucket, "Key": made.name, "ETag": etag}
        headers = {"X-Goog-Generation": str(made.generation), "X-Goog-Hash": made.hashes}
        return _answer("CompleteMultipartUploadResult", content, headers)

    async def abort(self, request: web.Request) -> web.Response:
        self._uploads.abort(self._find(request))
        return web.Response(status=204)

    def _find(self, request: web.Request) -> MultipartUpload:
        path = request.match_info
        return self._uploads.find(request.query.get("uploadId", ""), path["bucket"], path["object"])


def _by_query(handlers: Mapping[str, Handler], gate: Gate) -> Handler:
    """The handler whose parameter the query has; what has none is not of uploads, and not here."""

    async def run(request: web.Request) -> web.StreamResponse:
        for name, handler in handlers.items():
            if name in request.query:
                return await gate.checked(handler)(request)
        raise web.HTTPNotFound

    return run


def _told(handler: Handler) -> Handler:
    """Errors go out as this API tells them."""

    async def run(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ReasonError as error:
            return _refusal(XmlError.of(error))
        except XmlError as error:
            return _refusal(error)

    return run


def refused(request: web.Request, fault: Fault) -> web.Response | None:
    """How a fault refuses a call of this API; None where it is not one."""
    if not UPLOADS & request.query.keys() or request.path.startswith("/upload/"):
        return None
    error = XmlError(fault.status, CODES.get(fault.status, "InternalError"), fault.message)
    return _refusal(error, fault.headers)


def _refusal(error: XmlError, headers: dict[str, str] | None = None) -> web.Response:
    body = error.text()
    return web.Response(status=error.status, body=body, content_type="application/xml", headers=headers)


def _answer(name: str, content: Document, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=xml.document(name, content), content_type="application/xml", headers=headers)


def _about(upload: MultipartUpload) -> Document:
    return {"Bucket": upload.to.bucket, "Key": upload.to.name, "UploadId": upload.id}


def _class(upload: MultipartUpload) -> str:
    return str(upload.to.fields.get("storageClass", "STANDARD"))


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else None
