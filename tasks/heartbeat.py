"""Beating: once a second a row and a write, and the ledger of those that were acknowledged.

Each goes on whatever becomes of the others, by a thread and a connection of its own, on one monotonic grid. A
beat's sequence is its second of the grid: one that was missed is a gap, and is not made up for.
"""

import logging
import math
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from clients.environment import Environment
from clients.errors import ClientError
from clients.heartbeat_requests import HeartbeatRequests
from clients.heartbeat_rows import HeartbeatRows
from clients.lengths import length
from clients.patience import patience
from domain import wording
from domain.ledger import Acknowledged, Through
from domain.loss import Beat
from tasks.ledger import Ledger, forget_old, open_ledger
from tasks.server_clock import StorageClock

INTERVAL = 1.0  # seconds
CALL = length("4s")  # for one call with its retries: longer than that, and beats are missed
LAST_CALL = length("10s")  # for the ledger at the end
UPKEEP = 600.0  # seconds between looks at the clock, and at what is past keeping
PRUNED = 60  # beats between two prunings of rows
PAUSE = 1.0  # seconds between tries to begin

logger = logging.getLogger("muster")


def keep_beating(env: Environment, stop: Event) -> None:
    """Beat until it is asked to stop, or interrupted; the ledger is written to its end then.

    It begins as soon as storage answers: the ledger's epoch and clock are there.

    Raises:
        ClientError: the end of the ledger could not be written.
    """
    begun = _begin(env, stop)
    if begun:
        ledger, clock = begun
        logger.info(f"{env.name}: the heartbeat beats, in epoch {ledger.epoch}")
        Heart(env, ledger, clock, stop).beat()


class Heart:
    """One life of the heartbeat."""

    def __init__(self, env: Environment, ledger: Ledger, clock: StorageClock, stop: Event) -> None:
        assert env.heartbeat
        self._env, self._part = env, env.heartbeat
        self._ledger, self._clock, self._stop = ledger, clock, stop
        self._began = time.monotonic()

    def beat(self) -> None:
        """Until stopped."""
        threads = [Thread(target=self._rows, name="rows", daemon=True)]
        if self._part.write:
            threads.append(Thread(target=self._writes, name="writes", daemon=True))
        threads.append(Thread(target=self._upkeep, name="upkeep", daemon=True))
        for thread in threads:
            thread.start()
        voice = Voice(f"{self._env.name}: the ledger is", "written", "not written, and beats wait here")
        second = 0
        try:
            while not self._stop.wait(self._until(second + 0.5)):
                second = max(second + 1, math.floor(self._elapsed))
                with patience(CALL):
                    voice.attempt(self._ledger.write)
        finally:
            self._end(threads[:-1])

    def _end(self, senders: list[Thread]) -> None:
        self._stop.set()
        end = time.monotonic() + CALL.total_seconds() + 1
        for thread in senders:
            thread.join(max(0.0, end - time.monotonic()))
        with patience(LAST_CALL):
            self._ledger.write()
        logger.info(f"{self._env.name}: the heartbeat has ended, and its ledger is written")

    def _rows(self) -> None:
        voice = Voice(f"{self._env.name}: rows are", "acknowledged", "not acknowledged", expected=False)
        pruning = Voice(f"{self._env.name}: rows past keeping are", "deleted", "not deleted")
        with HeartbeatRows(self._env) as rows:

            def row(beat: Beat) -> None:
                rows.beat(beat)
                self._note(Through.ROW, beat)
                if beat.sequence % PRUNED == 0:
                    pruning.attempt(rows.prune)

            self._send(row, voice)

    def _writes(self) -> None:
        voice = Voice(f"{self._env.name}: writes are", "acknowledged", "not acknowledged", expected=False)
        requests = HeartbeatRequests(self._env)

        def write(beat: Beat) -> None:
            requests.beat(beat)
            self._note(Through.WRITE, beat)

        try:
            self._send(write, voice)
        finally:
            requests.close()

    def _send(self, send: Callable[[Beat], None], voice: "Voice") -> None:
        """Once each second that is not past yet."""
        second = 0
        while True:
            second = max(second + 1, math.ceil(self._elapsed))
            if self._stop.wait(self._until(second)):
                return
            beat = Beat(self._ledger.epoch, second)
            with patience(CALL):
                voice.attempt(lambda beat=beat: send(beat))  # type: ignore[misc] # bound at once

    def _note(self, through: Through, beat: Beat) -> None:
        self._ledger.note(Acknowledged(through, beat, self._clock.now()))

    def _upkeep(self) -> None:
        """The clock looked at anew, as this machine's drifts; what is past keeping deleted."""
        deleting = Voice(f"{self._env.name}: the ledger's old segments are", "deleted", "not deleted")
        looking = Voice(f"{self._env.name}: storage's clock is", "known", "not known anew")
        while True:
            deleting.attempt(lambda: forget_old(self._env, self._part.keep))
            if self._stop.wait(UPKEEP):
                return
            looking.attempt(self._clock.renew)

    @property
    def _elapsed(self) -> float:
        """Seconds of the grid."""
        return (time.monotonic() - self._began) / INTERVAL

    def _until(self, second: float) -> float:
        return max(0.0, self._began + second * INTERVAL - time.monotonic())


class Voice:
    """Says when something stops to work, and when it begins again; nothing in between."""

    def __init__(self, subject: str, well: str, ill: str, *, expected: bool = True) -> None:
        """`expected`: that it works is nothing to tell until it did not."""
        self._subject, self._well, self._ill = subject, well, ill
        self._works: bool | None = True if expected else None
        self._since = time.monotonic()

    def attempt(self, call: Callable[[], object]) -> None:
        """Make the call; what it raises is told, and ends nothing: the next second is another attempt."""
        try:
            call()
        except ClientError as error:
            self._turn(works=False, why=str(error))
        except Exception as error:  # whatever it is, the next beat may be well
            if self._works is not False:
                logger.exception(f"{self._subject} {self._ill}")
            self._turn(works=False, why=repr(error))
        else:
            self._turn(works=True)

    def _turn(self, *, works: bool, why: str = "") -> None:
        if works is self._works:
            return
        lasted = wording.length(timedelta(seconds=time.monotonic() - self._since))
        if not works:
            logger.warning(f"{self._subject} {self._ill}: {why}")
        elif self._works is None:
            logger.info(f"{self._subject} {self._well}")
        else:
            logger.info(f"{self._subject} {self._well} again, after {lasted}")
        self._works, self._since = works, time.monotonic()


def _begin(env: Environment, stop: Event) -> tuple[Ledger, StorageClock] | None:
    """The ledger and its clock, as soon as storage answers; None where it is asked to stop first."""
    voice = Voice(f"{env.name}: the ledger is", "open", "not open, and the heartbeat waits for it")
    found: list[tuple[Ledger, StorageClock]] = []
    while not found:
        with patience(CALL):
            voice.attempt(lambda: found.append((open_ledger(env), StorageClock(env))))
        if not found and stop.wait(PAUSE):
            return None
    return found[0]
