"""The heartbeat's writes: the environment's request, by which a beat goes the way of users' data."""

import json
import time

import httpx

from clients.cloud_run import read_service
from clients.environment import Environment
from clients.errors import NotFound, Rejected, Unavailable
from clients.heartbeat_part import BEAT
from domain.ledger import word
from domain.loss import Beat
from domain.requests import OUR_AGENT

REMEMBERED = 30.0  # seconds for which the service's address holds, while it answers


class HeartbeatRequests:
    """Connections to the service, kept. Of one thread. As Muster's own, the judge leaves them out."""

    def __init__(self, env: Environment) -> None:
        """Raises Rejected where the environment has no such write."""
        if env.heartbeat is None or env.heartbeat.write is None:
            raise Rejected(f"{env.name}: it has no heartbeat.write")
        self._env, self._write = env, env.heartbeat.write
        self._client = httpx.Client(
            headers={"User-Agent": OUR_AGENT}, timeout=self._write.within.total_seconds()
        )
        self._address, self._read_at = "", 0.0

    def beat(self, beat: Beat) -> None:
        """Send it; that this returns is the acknowledgement. One that failed may be kept all the same.

        Raises:
            ClientError: there is no such service, or no answer in time, or another than the one wanted.
        """
        write, name = self._write, word(beat)
        url = self._service() + write.path.replace(BEAT, name)
        body = json.loads(json.dumps(write.body).replace(BEAT, name))
        began = time.monotonic()
        try:
            answer = self._client.request(write.method, url, json=body)
        except httpx.TransportError as error:
            self._address = ""
            raise Unavailable(f"{self._what}: no answer ({str(error) or type(error).__name__})") from error
        took = time.monotonic() - began
        if answer.status_code != write.status:
            self._address = ""
            raise Unavailable(f"{self._what}: {answer.status_code} where {write.status} is wanted")
        if took > write.within.total_seconds():
            raise Unavailable(f"{self._what}: answered after {took:.1f} s")

    def close(self) -> None:
        self._client.close()

    @property
    def _what(self) -> str:
        return f"{self._env.service.name}: {self._write.method} {self._write.path}"

    def _service(self) -> str:
        if not self._address or time.monotonic() - self._read_at > REMEMBERED:
            service = read_service(self._env)
            if service is None or not service.uri:
                raise NotFound(f"{self._env.service.name}: there is no such service yet")
            self._address, self._read_at = service.uri.rstrip("/"), time.monotonic()
        return self._address
