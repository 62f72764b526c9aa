"""The schedule: so many requests a second, whatever becomes of them."""

import asyncio
import random
import time
from collections import defaultdict
from datetime import timedelta

import aiohttp

from examples.load.requests import Documents, Page, Request, Requests
from examples.load.tally import Count, Tally
from examples.load.users import User

RETRIES = 2  # at most, for each request that failed
PAUSE = (0.2, 1.0)  # seconds before a retry
NAP = 0.1  # seconds


class Load:
    """Traffic like users', at a set total rate, until `stop` or the end of the time given to `run`.

    The schedule is open: requests start when they are due (a Poisson process), not when earlier ones have
    been answered, and latency counts from that instant. So a service that stalls shows as it does to users.
    """

    def __init__(
        self,
        url: str,
        *,
        rate: float = 100,
        clients: int = 100,
        retry: float = 0.5,
        timeout: timedelta = timedelta(seconds=10),
        path: str | None = None,
        seed: int | None = None,
    ) -> None:
        """Rate is in requests a second, retries not counted; `retry` is the share of failed requests that
        are sent again; with a `path` all requests are a GET of it.
        """
        self._url = url
        self._rate = rate
        self._clients = clients
        self._retry = retry
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._lots = random.Random(seed)
        self._requests: Requests = Page(path) if path else Documents(self._lots)
        self._total = Count()
        self._revisions: defaultdict[str, Count] = defaultdict(Count)
        self._retries = 0
        self._in_flight: set[asyncio.Task[None]] = set()
        self._began = time.monotonic()
        self._stopped = False

    @property
    def tally(self) -> Tally:
        """What was seen so far. May be read at any time, from any thread."""
        return Tally(
            elapsed=timedelta(seconds=time.monotonic() - self._began),
            in_flight=len(self._in_flight),
            retries=self._retries,
            total=self._total.seen(),
            revisions={name: count.seen() for name, count in sorted(dict(self._revisions).items())},
        )

    def stop(self) -> None:
        """Start no more requests; `run` returns when those under way have ended. From any thread."""
        self._stopped = True

    async def run(self, duration: timedelta | None = None) -> Tally:
        """Send requests for so long, or until `stop`; the final tally."""
        users = [User(number, self._url, self._timeout, self._lots) for number in range(self._clients)]
        self._began = due = time.monotonic()
        end = due + duration.total_seconds() if duration else float("inf")
        try:
            while due < end and await self._may_start(due):
                self._start(self._lots.choice(users), due)
                due += self._lots.expovariate(self._rate)
            while self._in_flight:
                await asyncio.wait(self._in_flight)
        finally:
            for user in users:
                await user.close()
        return self.tally

    async def _may_start(self, due: float) -> bool:
        """Wait until then, in naps so that `stop` is heard; False when it was called.

        At least one nap is taken, or a schedule that is behind would leave no time to hear the answers.
        """
        while not self._stopped:
            left = due - time.monotonic()
            await asyncio.sleep(max(0.0, min(left, NAP)))
            if left <= NAP:
                break
        return not self._stopped

    def _start(self, user: User, due: float) -> None:
        task = asyncio.create_task(self._ask(user, self._requests.draw(), due))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _ask(self, user: User, request: Request, due: float) -> None:
        """One request, and its retries: the same again, as a person or an app would."""
        for attempt in range(1 + RETRIES):
            answer = await user.ask(request)
            seconds = time.monotonic() - due
            self._total.add(user.number, answer.error, seconds)
            self._revisions[answer.revision].add(user.number, answer.error, seconds)
            self._requests.learn(request, answer.status, answer.body)
            if not answer.worth_a_retry or attempt == RETRIES or self._lots.random() >= self._retry:
                return
            await asyncio.sleep(self._lots.uniform(*PAUSE))
            self._retries += 1
            due = time.monotonic()
