"""A prober: what a user of an address meets, again and again, by one clock.

A pass is all smoke checks of the environment in a row: it writes, reads and searches. Passes follow each
other closely; a change is seen no later than a pass takes.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from clients.environment import Environment
from clients.errors import Unavailable
from clients.probe import ask, asking
from domain import wording
from domain.passes import STREAK, Pass, first_bad, last_good, streak
from domain.smoke import Check, faults, filled, remembered
from tasks.waiting import wait_for

PAUSE = 0.1  # seconds between passes, and between tries of a check that may take time to come true

logger = logging.getLogger("muster")


class Prober:
    """Use it as a context: inside, passes go on in a thread of their own. What it writes stays.

    Instants are of this machine's clock as it was at the beginning, carried on by the monotonic one: a clock
    that is set meanwhile moves none of them.
    """

    def __init__(self, env: Environment, url: str) -> None:
        self._checks, self._url = env.service.checks, url
        self._what = f"{env.service.name}: prober"
        self._passes: list[Pass] = []
        self._wall, self._monotonic = datetime.now(UTC), time.monotonic()
        self._client: httpx.Client | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="prober", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(max(check.within for check in self._checks).total_seconds() + 1)

    @property
    def passes(self) -> tuple[Pass, ...]:
        """All that have ended."""
        return tuple(self._passes)

    @property
    def last_good_at(self) -> datetime | None:
        """The beginning of the last good pass of all."""
        return last_good(self.passes)

    def last_good_before(self, at: datetime) -> datetime | None:
        """T0: the beginning of the last good pass that began before the loss."""
        return last_good(self.passes, at)

    def detected_after(self, at: datetime) -> datetime | None:
        """T1, as users detect it: the end of the first pass after the loss that failed."""
        return first_bad(self.passes, at)

    def streak(self, count: int = STREAK, after: datetime | None = None) -> datetime | None:
        """T7: from when on the first so many passes in a row were good, which began after that instant."""
        return streak(self.passes, after or self._wall, count)

    def wait_for_streak(
        self,
        keep: Callable[[], None],
        within: timedelta,
        *,
        after: datetime | None = None,
        count: int = STREAK,
    ) -> datetime:
        """Wait for it, keeping a lease meanwhile.

        Raises:
            Unavailable: there was none in that time; it says what was wrong with the last pass.
        """
        try:
            return wait_for(
                lambda: self.streak(count, after), within, f"{self._what}: {count} good passes in a row", keep
            )
        except Unavailable as late:
            bad = next((each.fault for each in reversed(self.passes) if not each.good), "no pass has ended")
            raise Unavailable(f"{late.what}; the last that was wrong: {bad}") from late

    def now(self) -> datetime:
        """By the clock of its passes."""
        return self._wall + timedelta(seconds=time.monotonic() - self._monotonic)

    def _go_on(self) -> None:
        with asking() as self._client:
            self._until_stopped()

    def _until_stopped(self) -> None:
        good: bool | None = None
        while not self._stop.is_set():
            found = self._once()
            if self._stop.is_set():
                return  # cut short by its end, which is nobody's fault
            self._passes.append(found)
            if good is not found.good:
                self._tell(found, first=good is None)
                good = found.good
            self._stop.wait(PAUSE)

    def _tell(self, found: Pass, *, first: bool) -> None:
        if not found.good:
            logger.warning(f"{self._what}: {found.fault}")
        elif not first:
            logger.info(f"{self._what}: good again, in {wording.length(found.ended_at - found.began_at)}")

    def _once(self) -> Pass:
        began = self.now()
        memory: dict[str, Any] = {"unique": f"muster-{secrets.token_hex(6)}"}
        hesitant = False
        for check in self._checks:
            try:
                fault, again, more = self._pass(filled(check, memory))
            except Exception as error:  # an answer like no other is a bad one, and the next pass goes on
                fault, again, more = f"{check.name}: {error!r}", False, {}
            if fault:
                return Pass(began, self.now(), fault)
            memory |= more
            hesitant = hesitant or again
        return Pass(began, self.now(), hesitant=hesitant)

    def _pass(self, check: Check) -> tuple[str, bool, dict[str, Any]]:
        """What is wrong in the end, whether it had to be asked again, and what is to be remembered."""
        end = time.monotonic() + check.eventually.total_seconds()
        again = False
        while True:
            answer = ask(
                self._url, check.method, check.path, check.body, check.within, grace=0, client=self._client
            )
            wrong = faults(check, answer)
            if not wrong:
                try:
                    return "", again, remembered(check, answer)
                except ValueError as error:
                    wrong = [str(error)]
            if time.monotonic() >= end or self._stop.is_set():
                return f"{check.name}: {'; '.join(wrong)}", again, {}
            again = True
            self._stop.wait(PAUSE)
