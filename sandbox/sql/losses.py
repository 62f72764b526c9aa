"""Losses: an instance's server killed, or its disk gone, as no call of the API would do it."""

import asyncio
import logging
from collections.abc import Mapping

from sandbox.kernel.errors import RpcError
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql.clusters import Clusters
from sandbox.sql.instances import Instances

logger = logging.getLogger("sandbox")

LOSSES = ("process", "disk")


class Losses:
    """`POST /faults {"instance": NAME, "loss": "process" | "disk"}`.

    A killed server stays down until its fault is removed, then it recovers from its own log; the instance is
    RUNNABLE all the while, as nobody told the API. With its disk everything of the instance is gone but its
    record, which is FAILED; no removal of a fault brings that back, a backup or a replica does.
    """

    def __init__(self, kernel: Kernel, instances: Instances, clusters: Clusters) -> None:
        self._instances = instances
        self._clusters = clusters
        self._down: set[str] = set()
        kernel.faults.things["instance"] = self

    def broken(self) -> Mapping[str, Document]:
        return {name: {"loss": "process"} for name in sorted(self._down)}

    async def harm(self, name: str, how: Document) -> Document:
        loss = how.get("loss")
        if loss not in LOSSES or how.keys() != {"loss"}:
            raise RpcError("INVALID_ARGUMENT", f"loss: one of {', '.join(LOSSES)}, and nothing more: {how}")
        if not self._instances.exists(name):
            raise RpcError("NOT_FOUND", f"There is no instance {name}.")
        record = self._clusters.record(name)
        cluster = self._clusters.of(record)
        await cluster.kill()
        if loss == "process":
            self._down.add(name)
        else:
            self._down.discard(name)
            await cluster.lose()
            self._clusters.keep(self._clusters.record(name), state="FAILED")
        logger.info(f"{name}: its {loss} is lost")
        return {"loss": loss}

    async def mend(self, name: str) -> None:
        if name not in self._down:
            return
        self._down.discard(name)
        if self._instances.exists(name) and self._clusters.record(name)["state"] == "RUNNABLE":
            await asyncio.shield(self._clusters.resume(self._clusters.record(name)))
