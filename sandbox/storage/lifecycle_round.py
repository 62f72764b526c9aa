"""What passes by itself: lifecycle rules, round after round, and the end of what was deleted a while ago.

Google's own rounds take up to a day; the pace of these is set, and one can be asked for.
"""

import asyncio
import logging
from collections import Counter
from itertools import islice

from aiohttp import web

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer
from sandbox.storage.bucket import Bucket
from sandbox.storage.buckets import Buckets
from sandbox.storage.gate import Gate
from sandbox.storage.lifecycle import ABORT
from sandbox.storage.lifecycle_rule import Version, action, is_old, matches_name
from sandbox.storage.multipart_uploads import MultipartUploads
from sandbox.storage.object import Object
from sandbox.storage.objects import Objects
from sandbox.storage.versions import BEYOND

logger = logging.getLogger("sandbox")

PATH = "/sandbox/storage/lifecycle"
BATCH = 200  # versions looked at between two breaths
DONE = ("deleted", "storageClassSet", "aborted", "kept", "hardDeleted")


class LifecycleRound:
    """One after the other, never two at once."""

    def __init__(
        self, gate: Gate, buckets: Buckets, objects: Objects, uploads: MultipartUploads, clock: Clock
    ) -> None:
        self._gate = gate
        self._buckets = buckets
        self._objects = objects
        self._uploads = uploads
        self._clock = clock
        self._turn = asyncio.Lock()
        self._repeated: asyncio.Task[None] | None = None

    def routes(self, app: web.Application) -> None:
        app.router.add_post(PATH, self._asked)

    def start(self, every: float) -> None:
        """A round each so many seconds from now on."""
        self._repeated = asyncio.create_task(self._repeat(every))

    async def stop(self) -> None:
        if self._repeated:
            self._repeated.cancel()
            await asyncio.gather(self._repeated, return_exceptions=True)

    async def run(self) -> Counter[str]:
        """Do what is due by now; how often what was done. Buckets of a location that is down wait."""
        done: Counter[str] = Counter(dict.fromkeys(DONE, 0))
        async with self._turn:
            for bucket in self._buckets.list():
                if not self._gate.is_down(bucket):
                    await self._of(bucket, done)
            at = self._clock.now()
            done["hardDeleted"] += self._objects.remove_due(at)
            self._buckets.remove_due(at)
        return done

    async def _of(self, bucket: Bucket, done: Counter[str]) -> None:
        rules = bucket.fields.get("lifecycle", {}).get("rule", [])
        self._abort_uploads(bucket, [one for one in rules if one["action"]["type"] == ABORT], done)
        rules = [one for one in rules if one["action"]["type"] != ABORT]
        name, generation = "", 0
        while rules:
            batch = list(
                islice(self._objects.versions.all_from(bucket.name, name, generation, BEYOND), BATCH)
            )
            for found in batch:
                self._apply(rules, found, done)
            if len(batch) < BATCH:
                return
            name, generation = batch[-1].name, batch[-1].generation + 1
            await asyncio.sleep(0)

    def _apply(self, rules: list[Document], found: Object, done: Counter[str]) -> None:
        wanted = action(rules, Version(found, self._objects.versions.newer(found), self._clock.now()))
        if wanted is None:
            return
        if wanted["type"] == "SetStorageClass":
            self._objects.reclass(found, wanted["storageClass"])
            done["storageClassSet"] += 1
            return
        try:
            self._objects.erase(found) if found.deleted else self._objects.delete(found)
        except ReasonError:  # a hold, or a retention: it goes in a later round
            done["kept"] += 1
        else:
            done["deleted"] += 1

    def _abort_uploads(self, bucket: Bucket, rules: list[Document], done: Counter[str]) -> None:
        at = self._clock.now()
        for upload in self._uploads.of_bucket(bucket.name) if rules else []:
            conditions = [rule["condition"] for rule in rules]
            if any(
                matches_name(one, upload.to.name) and is_old(upload.initiated, one.get("age", 0), at)
                for one in conditions
            ):
                self._uploads.abort(upload)
                done["aborted"] += 1

    async def _repeat(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            try:
                await self.run()
            except Exception:  # as a request that fails here is one request
                logger.exception("Cloud Storage: a round of its lifecycle failed; the next will try again")

    async def _asked(self, _: web.Request) -> web.Response:
        """Do a round now, and tell what it did."""
        return answer(dict(await self.run()))
