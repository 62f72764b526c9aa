"""The request log: an entry for each request, stamped with its start, written after its end.

Form and texts: docs.cloud.google.com/run/docs/logging and recordings of real logs.
"""

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.kernel.clock import stamp
from sandbox.logging.batch import Batch


@dataclass
class Request:
    """What is known of a request while it is under way."""

    service: str
    revision: str
    method: str
    url: str
    size: int
    remote_ip: str
    user_agent: str
    started_at: float = field(default_factory=time.time)
    began: float = field(default_factory=time.perf_counter)
    trace: str = field(default_factory=lambda: secrets.token_hex(16))
    span: str = field(default_factory=lambda: secrets.token_hex(8))
    instance: str = ""
    response_size: int = 0
    remark: str = ""
    broken: bool = False

    @classmethod
    def of(cls, request: web.BaseRequest, service: str, revision: str) -> "Request":
        """The client is who opened the connection: nothing it says of itself counts."""
        return cls(
            service=service,
            revision=revision,
            method=request.method,
            url=f"http://{request.host}{request.raw_path}",
            size=request.content_length or 0,
            remote_ip=request.remote or "",
            user_agent=request.headers.get("User-Agent", ""),
        )

    def rejected(self, status: int, text: str) -> web.Response:
        """The platform's own answer in place of the container's; the log entry says why."""
        self.remark = text
        return web.Response(status=status, text=text)


class RequestLog:
    """Makes an entry of each request that ended."""

    def __init__(self, batch: Batch, project: str, region: str) -> None:
        self._batch = batch
        self._project = project
        self._region = region

    def add(self, request: Request, status: int) -> None:
        self._batch.add(self._entry(request, status))

    def _entry(self, request: Request, status: int) -> dict[str, Any]:
        """As the real log has it: a request that the platform rejected has no instance and took 0 s."""
        latency = 0.0 if request.remark else time.perf_counter() - request.began
        entry: dict[str, Any] = {
            "logName": f"projects/{self._project}/logs/run.googleapis.com%2Frequests",
            "timestamp": stamp(datetime.fromtimestamp(request.started_at, UTC)),
            "severity": "ERROR" if status >= 500 else "WARNING" if status >= 400 else "INFO",
            "httpRequest": {
                "requestMethod": request.method,
                "requestUrl": request.url,
                "requestSize": str(request.size),
                "status": status,
                "responseSize": str(request.response_size),
                "userAgent": request.user_agent,
                "remoteIp": request.remote_ip,
                "latency": f"{latency:.9f}s" if latency else "0s",
                "protocol": "HTTP/1.1",
            },
            "resource": {
                "type": "cloud_run_revision",
                "labels": {
                    "project_id": self._project,
                    "service_name": request.service,
                    "revision_name": request.revision,
                    "configuration_name": request.service,
                    "location": self._region,
                },
            },
            "trace": f"projects/{self._project}/traces/{request.trace}",
            "spanId": request.span,
        }
        if request.remark:
            entry["textPayload"] = request.remark
        else:
            entry["labels"] = {"instanceId": request.instance}
        return entry
