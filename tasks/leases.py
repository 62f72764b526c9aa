"""Taking the lease, by generation, and waiting for it."""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from clients.environment import Environment
from clients.errors import PreconditionFailed
from clients.leases import SERVICE, read_lease, write_lease
from clients.patience import patience
from domain import lease as rules
from domain import wording
from domain.lease import Lease, LeaseHeld, LeaseLost, Reading
from domain.refusal import Problem
from domain.server_clock import ServerClock
from tasks.fences import fence, note_what_serves
from tasks.held_lease import HeldLease
from tasks.orders import forget_orders
from tasks.waiting import pauses

logger = logging.getLogger("muster")


@contextmanager
def leased(
    env: Environment, holder: str, wait: timedelta = timedelta(0), *, take_over: bool = False
) -> Iterator[HeldLease]:
    """Hold the environment's lease inside; every call inside is bounded by a fraction of it.

    With `take_over` a live lease is taken from its holder at once: a person wants it.

    Raises:
        LeaseHeld: another holds it, and it did not end within `wait`.
    """
    held = take(env, holder, wait, take_over=take_over)
    with patience(rules.patience(env.lease)):
        try:
            yield held
        finally:
            with suppress(LeaseLost):
                held.check()
                note_what_serves(env, held.server_now())
                forget_orders(env)
            held.release()


@contextmanager
def leased_beside(
    env: Environment, of: str, holder: str, wait: timedelta = timedelta(0)
) -> Iterator[HeldLease]:
    """Hold a lease of the environment's that is not for the service: a deploy may go on beside it.

    Raises:
        LeaseHeld: another run of the same kind is under way, and did not end within `wait`.
    """
    held = take(env, holder, wait, of=of)
    with patience(rules.patience(env.lease)):
        try:
            yield held
        finally:
            held.release()


def take(
    env: Environment,
    holder: str,
    wait: timedelta = timedelta(0),
    *,
    take_over: bool = False,
    of: str = SERVICE,
) -> HeldLease:
    """The lease, once it is ours. See `leased`."""
    mine = Lease(nonce=secrets.token_hex(8), counter=1, length=env.lease, holder=holder)
    end = time.monotonic() + wait.total_seconds()
    clock = ServerClock()
    waited = False
    for pause in pauses(longest=1.0):
        exchange = read_lease(env, of)
        clock = clock.learn(exchange.date, exchange.asked, exchange.answered)
        reading = exchange.reading
        if reading is None or reading.lapsed or take_over or reading.lease.nonce == mine.nonce:
            held = _try(env, mine, reading.generation if reading else 0, clock, of)
            if held is None:
                continue
            if of == SERVICE and reading and reading.lease.nonce != mine.nonce:
                fence(env, reading.lease.nonce, held.server_now())
            return held
        if time.monotonic() >= end:
            raise LeaseHeld([busy(env, reading, of)])
        if not waited:
            logger.info(f"{env.name}: waiting for the lease, held by {reading.lease.holder}")
        waited = True
        time.sleep(min(pause, max(0.05, end - time.monotonic())))
    raise AssertionError("pauses never end")


def forget_lapsed(env: Environment, of: str, holder: str) -> None:
    """Take a lease that has lapsed from whoever held it, and give it up: a process that wakes finds it gone.
    A live one is left alone."""
    reading = read_lease(env, of).reading
    if reading and reading.lapsed:
        with suppress(LeaseHeld), leased_beside(env, of, holder):
            pass


def busy(env: Environment, reading: Reading, of: str = SERVICE) -> Problem:
    """Another run is under way."""
    remedy = "wait for it (--wait), or take it back with muster rollback"
    if of != SERVICE:
        remedy = "wait for its end; of a process that has died the lease lapses by itself"
    return Problem(f"{env.name}: {under_way(reading)}", remedy)


def under_way(reading: Reading) -> str:
    """Who holds it, and since when they were not heard of."""
    age = wording.length(max(reading.age, timedelta(0)))
    return f"{reading.lease.holder} is under way (its lease was renewed {age} ago)"


def wait_for_end(env: Environment) -> None:
    """Until nobody holds the lease any more, or somebody else than did at first."""
    first = ""
    for pause in pauses(longest=2.0):
        reading = read_lease(env).reading
        if reading is None or reading.lapsed or (first and reading.lease.nonce != first):
            return
        if not first:
            logger.info(f"{env.name}: waiting for the end of the lease of {reading.lease.holder}")
        first = reading.lease.nonce
        time.sleep(pause)


def _try(env: Environment, mine: Lease, generation: int, clock: ServerClock, of: str) -> HeldLease | None:
    began = time.monotonic()
    try:
        exchange = write_lease(env, mine, generation, of)
    except PreconditionFailed:
        return None  # someone was faster, or it was us and the answer was lost: read again
    assert exchange.reading
    clock = clock.learn(exchange.date, exchange.asked, exchange.answered)
    return HeldLease(env, mine, exchange.reading.generation, clock, began, of=of)
