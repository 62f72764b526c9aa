"""Passing a request on to an instance, and its answer back, as they are."""

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from sandbox.run.request_log import Request

HOP_BY_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
              "transfer-encoding", "upgrade", "proxy-connection"}  # fmt: skip
IDEMPOTENT = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}
WHOLE = 256 << 10  # bytes up to which an answer is read whole and sent at once


class Forwarder:
    """Connections to instances: kept open, but for requests that could not be sent again.

    An instance that closes an idle connection under a POST would lose it.
    """

    async def start(self) -> None:
        self._pooled = _session(TCPConnector(limit=0, keepalive_timeout=1))
        self._fresh = _session(TCPConnector(limit=0, force_close=True))

    async def stop(self) -> None:
        await self._pooled.close()
        await self._fresh.close()

    async def send(self, request: web.BaseRequest, address: str, note: Request) -> web.StreamResponse:
        """The instance's answer, as it is. ClientError or ConnectionError where there is none."""
        headers = _passed(request.headers)
        headers.add("X-Forwarded-For", note.remote_ip)
        headers.add("X-Forwarded-Proto", "http")
        headers.add("X-Cloud-Trace-Context", f"{note.trace}/{int(note.span, 16)};o=1")
        session = self._pooled if request.method in IDEMPOTENT else self._fresh
        async with session.request(
            request.method,
            URL(f"http://{address}{request.raw_path}", encoded=True),
            headers=headers,
            data=request.content if request.body_exists else None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        ) as answer:
            headers = _passed(answer.headers)
            if request.method == "HEAD" or (answer.content_length or WHOLE + 1) > WHOLE:
                return await _stream(request, answer, headers, note)
            content = await answer.read()
            note.response_size = len(content)
            return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=content)


def _session(connector: TCPConnector) -> ClientSession:
    return ClientSession(connector=connector, timeout=ClientTimeout(total=None), auto_decompress=False)


def _passed(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


async def _stream(
    request: web.BaseRequest, answer: ClientResponse, headers: CIMultiDict[str], note: Request
) -> web.StreamResponse:
    """Pass an answer on as it comes. Once its head is sent, a failure can only cut the connection."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_any():
            note.response_size += len(chunk)
            await response.write(chunk)
        await response.write_eof()
    except (ClientError, ConnectionError):
        note.broken = True
        if request.transport:
            request.transport.abort()
    return response
