"""The service's actual split, watched and changed from outside."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from bench.cloud import Cloud

LOOK = 0.02  # seconds between looks


class Watch:
    """Notes every change of the split, within a few hundredths of a second."""

    def __init__(self, cloud: Cloud, service: str) -> None:
        self.changes: list[tuple[datetime, dict[str, int]]] = []
        self._address = cloud.endpoints["google"] + cloud.service_path(service)
        self._over = threading.Event()

    def since(self, instant: datetime, split: dict[str, int]) -> datetime:
        """When that split was first seen after an instant. StopIteration when it was not."""
        return next(at for at, seen in self.changes if at > instant and seen == split)

    def run(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._over.wait(LOOK):
                now = shares(client.get(self._address).json())
                if not self.changes or now != self.changes[-1][1]:
                    self.changes.append((datetime.now(UTC), now))

    def stop(self) -> None:
        self._over.set()


@contextmanager
def watching(cloud: Cloud, service: str) -> Iterator[Watch]:
    watch = Watch(cloud, service)
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop()
        thread.join()


def shares(service: dict[str, Any]) -> dict[str, int]:
    """The percent that each revision is served."""
    found: dict[str, int] = {}
    for status in service.get("trafficStatuses", []):
        name = status.get("revision", "")
        found[name] = found.get(name, 0) + status.get("percent", 0)
    return {name: percent for name, percent in found.items() if percent}


def move(cloud: Cloud, service: str, revision: str) -> float:
    """All traffic to that revision, by one PATCH; the seconds until it is served. Tags stay."""
    with httpx.Client(base_url=cloud.endpoints["google"], timeout=30) as client:
        path = cloud.service_path(service)
        kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
        tags = [
            {"type": kind, "revision": target["revision"], "tag": target["tag"]}
            for target in client.get(path).json()["traffic"]
            if target.get("tag")
        ]
        targets = [{"type": kind, "revision": revision, "percent": 100}, *tags]
        began = time.monotonic()
        client.patch(path, params={"updateMask": "traffic"}, json={"traffic": targets}).raise_for_status()
        while shares(client.get(path).json()) != {revision: 100}:
            time.sleep(LOOK)
        return time.monotonic() - began
