"""What every request to Cloud Storage passes: is the bucket's location up, is all that is asked for here?"""

from collections.abc import Awaitable, Callable, Iterator
from email.utils import format_datetime

from aiohttp import web

from sandbox.kernel.clock import Clock
from sandbox.kernel.faults import Faults
from sandbox.storage import access
from sandbox.storage.bucket import Bucket
from sandbox.storage.buckets import Buckets
from sandbox.storage.errors import unavailable, unsupported
from sandbox.storage.fields import NOT_EMULATED_QUERY

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OURS = web.RequestKey("storage", bool)
OWN_KEYS = ("x-goog-encryption-", "x-goog-copy-source-encryption-")


class Gate:
    """Refuses before anything is looked at; tells the time of answers by the storage's own clock."""

    def __init__(self, buckets: Buckets, faults: Faults, clock: Clock) -> None:
        self._buckets = buckets
        self._faults = faults
        self._clock = clock

    def checked(self, handler: Handler) -> Handler:
        """The handler, for requests that pass: 503 where a location is down, 501 for what is not emulated."""

        async def run(request: web.Request) -> web.StreamResponse:
            request[OURS] = True
            buckets = [*self._of(request)]
            for bucket in buckets:
                self.check_up(bucket)
            for name in NOT_EMULATED_QUERY:
                if request.query.get(name, "false").lower() != "false":
                    if name.endswith("Acl") and any(access.is_uniform(one.fields) for one in buckets):
                        raise access.no_acls("update" if request.method in {"PATCH", "PUT"} else "insert")
                    raise unsupported(name)
            if any(name.lower().startswith(OWN_KEYS) for name in request.headers):
                raise unsupported("A customer-supplied encryption key")
            return await handler(request)

        return run

    def check_up(self, bucket: Bucket) -> None:
        """503 while all of the bucket's location is unavailable."""
        if self.is_down(bucket):
            raise unavailable()

    def is_down(self, bucket: Bucket) -> bool:
        return self._faults.is_down(bucket.location)

    async def date(self, request: web.Request, response: web.StreamResponse) -> None:
        """The Date of an answer, as the clock that stamps the objects has it."""
        if OURS in request and self._clock.ahead:
            response.headers["Date"] = format_datetime(self._clock.now(), usegmt=True)

    def _of(self, request: web.Request) -> Iterator[Bucket]:
        """The buckets that a request names, as far as they are there."""
        for name in ("bucket", "to_bucket"):
            if bucket := self._buckets.get(request.match_info.get(name, "")):
                yield bucket
