"""The lease in one's hand: renewed by whoever waits, checked before every change."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread
from typing import TypeVar

from clients.environment import Environment
from clients.errors import ClientError, PreconditionFailed, is_transient
from clients.leases import SERVICE, Exchange, delete_lease, read_lease, write_lease
from domain import lease as rules
from domain import wording
from domain.lease import Lease, LeaseExpiring, LeaseLost, Reading
from domain.server_clock import ServerClock
from domain.traffic import Split

R = TypeVar("R")

logger = logging.getLogger("muster")


class HeldLease:
    """The lease while this process holds it, and the split that its holder expects to find.

    No thread renews it: a thread would outlive a flow that hangs. Whoever waits calls `keep`.
    """

    def __init__(
        self,
        env: Environment,
        lease: Lease,
        generation: int,
        clock: ServerClock,
        began: float,
        *,
        of: str = SERVICE,
    ) -> None:
        self.env = env
        self.of = of
        self.lease = lease
        self.split: Split | None = None  # as last set
        self.asked: Split | None = None  # sent, not yet known to be in force
        self.beside: HeldLease | None = None  # another of this run's, which is kept with it
        self._generation = generation
        self._clock = clock
        self._renewed = began

    @property
    def nonce(self) -> str:
        return self.lease.nonce

    @property
    def since_renewal(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._renewed)

    def server_now(self) -> datetime:
        """No earlier than it is on the server, and a second later at the most."""
        return self._clock.latest(time.monotonic())

    def server_before(self) -> datetime:
        """No later than it is on the server, and a second earlier at the most."""
        return self._clock.earliest(time.monotonic())

    def keep(self) -> None:
        """Renew if it is time. Call at least every second or so while waiting.

        Raises:
            LeaseLost: someone else holds it.
            LeaseExpiring: it could not be renewed for two thirds of its length.
        """
        if self.beside:
            self.beside.keep()
        if rules.due(self.lease.length, self.since_renewal):
            try:
                self._renew()
            except ClientError as error:
                if not is_transient(error):
                    raise
                logger.warning(f"{self.env.name}: the lease was not renewed: {error.what}")
        if rules.expiring(self.lease.length, self.since_renewal):
            raise LeaseExpiring(
                f"the lease could not be renewed for {wording.length(self.since_renewal)} of its "
                f"{wording.length(self.lease.length)}"
            )

    def keep_if_possible(self) -> None:
        """Renew if it is time and can be done: while undoing nothing depends on it but the next change."""
        with suppress(LeaseLost, LeaseExpiring):
            self.keep()

    def check(self) -> None:
        """Make sure, before a change, that it is ours. LeaseLost if it is not, or if that cannot be told.

        While it has not lapsed by our own reckoning, a storage that does not answer is not held against us.
        """
        try:
            exchange = read_lease(self.env, self.of)
        except ClientError as error:
            if self.since_renewal < self.lease.length and is_transient(error):
                return
            raise LeaseLost(f"{self.env.name}: it cannot be told whose the lease is: {error.what}") from error
        self._learn(exchange)
        if not self._is_ours(exchange.reading):
            raise LeaseLost(_taken_by(self.env, exchange.reading))

    def release(self) -> None:
        """Give it up, if it is still ours. If that fails it lapses by itself."""
        try:
            delete_lease(self.env, self._generation, self.of)
        except ClientError as error:
            logger.warning(f"{self.env.name}: the lease was not given up and will lapse: {error.what}")

    def while_keeping(self, call: Callable[[], R]) -> R:
        """The outcome of a call that may take long, made by a thread while this one keeps the lease."""
        outcome: list[R] = []
        failure: list[BaseException] = []

        def work() -> None:
            try:
                outcome.append(call())
            except BaseException as error:
                failure.append(error)

        thread = Thread(target=copy_context().run, args=(work,), daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(0.2)
            self.keep()
        if failure:
            raise failure[0]
        return outcome[0]

    def _renew(self) -> None:
        wanted = replace(self.lease, counter=self.lease.counter + 1)
        began = time.monotonic()
        try:
            exchange = write_lease(self.env, wanted, self._generation, self.of)
        except PreconditionFailed:
            exchange = read_lease(self.env, self.of)
            reading = exchange.reading
            if reading is None or (reading.lease.nonce, reading.lease.counter) != (
                wanted.nonce,
                wanted.counter,
            ):
                raise LeaseLost(_taken_by(self.env, reading)) from None
        self._learn(exchange)
        assert exchange.reading
        self.lease, self._generation, self._renewed = wanted, exchange.reading.generation, began

    def _is_ours(self, reading: Reading | None) -> bool:
        """By nonce alone: a renewal whose answer was lost has moved the generation on."""
        if reading is None or reading.lease.nonce != self.nonce:
            return False
        self.lease = replace(self.lease, counter=reading.lease.counter)
        self._generation = reading.generation
        return True

    def _learn(self, exchange: Exchange) -> None:
        self._clock = self._clock.learn(exchange.date, exchange.asked, exchange.answered)


def _taken_by(env: Environment, reading: Reading | None) -> str:
    if reading is None:
        return f"{env.name}: the lease is gone: someone took it over and has finished"
    return f"{env.name}: the lease is held by {reading.lease.holder} now"
