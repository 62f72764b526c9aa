"""Instances: one process of a revision, from its start to its end."""

import asyncio
import json
import time
from collections.abc import Callable

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.kernel.children import Child
from sandbox.kernel.clock import now, stamp
from sandbox.kernel.state import Document
from sandbox.logging.batch import Batch

LOOK = 0.03  # seconds between looks at a starting instance


class StartFailed(Exception):
    """An instance ended, or did not listen, within the time its startup probe gives it."""


class Output:
    """Turns a process's lines, and the platform's remarks on it, into log entries."""

    def __init__(self, batch: Batch, project: str, resource: Document, labels: dict[str, str]) -> None:
        self._batch = batch
        self._project = project
        self._resource = resource
        self._labels = labels

    def line(self, stream: str, text: str) -> None:
        """A line of output. One that is a JSON object becomes the entry's jsonPayload, as on Cloud Run."""
        entry = self._entry(f"run.googleapis.com%2F{stream}")
        try:
            content = json.loads(text) if text.startswith("{") else None
        except ValueError:
            content = None
        if isinstance(content, dict):
            severity = content.pop("severity", None)
            entry["jsonPayload"] = content
            if isinstance(severity, str):
                entry["severity"] = severity
        else:
            entry["textPayload"] = text
        self._batch.add(entry)

    def remark(self, text: str, severity: str = "INFO") -> None:
        self._batch.add(
            self._entry("run.googleapis.com%2Fvarlog%2Fsystem") | {"textPayload": text, "severity": severity}
        )

    def _entry(self, log: str) -> Document:
        return {
            "logName": f"projects/{self._project}/logs/{log}",
            "resource": self._resource,
            "labels": self._labels,
            "timestamp": stamp(),
        }


class Instance:
    """A started process that passed its startup probe."""

    def __init__(self, revision: str, identity: str, child: Child, port: int, output: Output) -> None:
        self.revision = revision
        self.identity = identity
        self.child = child
        self.address = f"127.0.0.1:{port}"
        self.started_at = now()
        self.output = output
        self.stopping = False

    async def watch(self, ended: Callable[["Instance"], None]) -> None:
        """Tell when it ends without having been asked to."""
        code = await self.child.wait()
        if not self.stopping:
            said = f"exit({code})" if code >= 0 else f"signal {-code}"
            self.output.remark(f"Container called {said}.", "WARNING")
            ended(self)

    async def stop(self) -> None:
        """SIGTERM, ten seconds, SIGKILL (Cloud Run's container contract)."""
        self.stopping = True
        await self.child.stop(10)


async def listening(child: Child, port: int, probe: Document, output: Output) -> None:
    """Wait until the startup probe succeeds; StartFailed when it does not, or the process ends.

    The sandbox looks much more often than the probe's period: a start takes as long as it takes.
    """
    patience = probe.get("initialDelaySeconds", 0) + max(
        probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3), probe.get("timeoutSeconds", 1)
    )
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if not child.running:
            code = await child.wait()
            output.remark(f"Container called exit({code}).", "WARNING")
            raise StartFailed
        if await _answers(port, probe):
            kind = "HTTP" if "httpGet" in probe else "TCP"
            output.remark(
                f'Default STARTUP {kind} probe succeeded after 1 attempt for container "{child.name}" '
                f"on port {port}."
            )
            return
        await asyncio.sleep(LOOK)
    raise StartFailed


async def _answers(port: int, probe: Document) -> bool:
    if "httpGet" in probe:
        return await _answers_http(port, probe["httpGet"], probe.get("timeoutSeconds", 1))
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _answers_http(port: int, get: Document, seconds: float) -> bool:
    headers = {header["name"]: header.get("value", "") for header in get.get("httpHeaders", [])}
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=seconds)) as session,
            session.get(f"http://127.0.0.1:{port}{get.get('path') or '/'}", headers=headers) as answer,
        ):
            return 200 <= answer.status < 400
    except (ClientError, OSError, TimeoutError):
        return False
