"""The pass-through: every request goes to the server as it is, but for `GET /`, which that build lacks."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping

from aiohttp import ClientConnectionError, ClientError, ClientResponse, ClientSession, ClientTimeout, web
from aiohttp.connector import TCPConnector
from multidict import CIMultiDict
from yarl import URL

from sandbox.kernel.fault import Fault
from sandbox.kernel.faults import Faults
from sandbox.kernel.server import Handler

OF_THE_CONNECTION = {
    "connection", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip
ADDED_BY_AIOHTTP = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
REGISTRATION = re.compile(r"/_snapshot/[^/]+/?")
Lead = Callable[[bytes], bytes]  # from a registration to where it is to lead
WHOLE = 256 << 10  # bytes up to which an answer is read whole and sent at once
LARGEST = 128 << 20  # bytes of a body that a fault looks into; otherwise the limit is the server's own


class PassThrough:
    """An HTTP server on a port of its own, in front of the real one."""

    def __init__(self, faults: Faults, server: str, lead: Lead | None = None) -> None:
        self._faults = faults
        self._server = server
        self._lead = lead
        app = web.Application(middlewares=[self._refuse], client_max_size=LARGEST)
        app.router.add_route("*", "/{path:.*}", self._answer)
        app.cleanup_ctx.append(self._connect)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            handler_cancellation=True,  # the server stops a search whose client has gone
        )

    async def start(self, port: int) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _connect(self, _: web.Application) -> AsyncIterator[None]:
        async with ClientSession(
            connector=TCPConnector(limit=0, keepalive_timeout=60),
            timeout=ClientTimeout(total=None),
            auto_decompress=False,
            skip_auto_headers=ADDED_BY_AIOHTTP,
        ) as self._session:
            yield

    @web.middleware
    async def _refuse(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The kernel's faults; what they refuse goes out in Elasticsearch's form."""
        return await self._faults.meet(request, handler, _refused)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.path == "/" and request.method in {"GET", "HEAD"}:
                return await self._introduce(request)
            return await self._pass(request)
        except ClientConnectionError as error:
            return _error(503, f"the sandbox's Elasticsearch does not answer: {error}")

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        headers = _passed(request.headers)
        read_by_a_fault = request.content.at_eof()
        body = (await request.read() or None) if read_by_a_fault else request.content
        if self._lead and request.method in {"PUT", "POST"} and REGISTRATION.fullmatch(request.path):
            body = self._lead(await request.read())
            headers.popall("Content-Length", None)
        async with self._session.request(
            request.method,
            URL(self._server + request.raw_path, encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
        ) as answer:
            headers = _passed(answer.headers)
            if request.method != "HEAD" and (answer.content_length is None or answer.content_length > WHOLE):
                return await _stream(request, answer, headers)
            return web.Response(status=answer.status, headers=headers, body=await answer.read())

    async def _introduce(self, request: web.Request) -> web.Response:
        """`GET /` as far as the server tells: no build date, no Lucene version, no oldest wire version."""
        headers = _passed(request.headers)
        async with (
            self._session.get(f"{self._server}/_nodes/_local/_none", headers=headers) as nodes,
            self._session.get(f"{self._server}/_cluster/state/version", headers=headers) as cluster,
        ):
            for answer in (nodes, cluster):
                if answer.status != 200:
                    return web.Response(
                        status=answer.status, headers=_passed(answer.headers), body=await answer.read()
                    )
            (node,) = json.loads(await nodes.read())["nodes"].values()
            state = json.loads(await cluster.read())
            content = {
                "name": node["name"],
                "cluster_name": state["cluster_name"],
                "cluster_uuid": state["cluster_uuid"],
                "version": {
                    "number": node["version"],
                    "build_flavor": node["build_flavor"],
                    "build_type": node["build_type"],
                    "build_hash": node["build_hash"],
                    "build_snapshot": node["version"].endswith("-SNAPSHOT"),
                },
                "tagline": "You Know, for Search",
            }
            kept = {name: value for name, value in nodes.headers.items() if name.lower() != "content-length"}
            body = json.dumps(content, indent=2, separators=(",", " : ")).encode() + b"\n"
            return web.Response(headers=kept, body=body)


async def _stream(
    request: web.Request, answer: ClientResponse, headers: CIMultiDict[str]
) -> web.StreamResponse:
    """Pass an answer on as it comes. Once its head is sent, a failure can only cut the connection."""
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
    except ClientError:
        if request.transport:
            request.transport.abort()
    return response


def _passed(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in OF_THE_CONNECTION
    )


def _refused(_: web.Request, fault: Fault) -> web.Response:
    return _error(fault.status, fault.message, fault.headers)


def _error(status: int, reason: str, headers: Mapping[str, str] | None = None) -> web.Response:
    cause = {"type": "status_exception", "reason": reason}
    return web.json_response(
        {"error": {"root_cause": [cause], **cause}, "status": status},
        status=status,
        headers={"X-elastic-product": "Elasticsearch", **(headers or {})},
    )
