"""Keeping the draft of a record while a run is under way, so that one that dies leaves what it knew.

A thread of its own writes it, and again from time to time: a draft that is not renewed for the length of a
lease is of a process that died. (That a thread outlives a hung run does no harm here: a run that hangs has
not ended. Its lease, which no thread renews, is what lapses then.)
"""

import logging
import secrets
import threading
import time
from typing import Any

from clients.drafts import delete_draft, is_kept, write_draft
from clients.environment import Environment
from clients.errors import ClientError
from clients.patience import patience
from clients.slack import Place
from domain import lease
from domain.lease import LeaseLost, taken_for_dead

logger = logging.getLogger("muster")

BETWEEN = 1.0  # seconds; storage allows about one write a second to an object
FAREWELL = 5.0  # seconds that the end of a run waits for a write under way


class Drafter:
    """Writes the newest draft that it was given. That it cannot stops nobody."""

    def __init__(self, env: Environment, run: str) -> None:
        self._env = env
        self._run = run
        self._writer = secrets.token_hex(8)
        self._generation = 0
        self._newest: dict[str, Any] = {}
        self._changed = threading.Condition()
        self._fresh, self._urgent = False, False
        self._last = 0.0  # when it was written, in monotonic seconds
        self._closed = False
        self.taken_away = False  # settle took this run for dead, and has finished its record
        self._thread = threading.Thread(target=self._write, name="draft", daemon=True)
        self._thread.start()

    def keep(self, draft: dict[str, Any], *, now: bool) -> None:
        """Let the draft be this from now on; written `now`, or with what else comes within a second."""
        with self._changed:
            self._newest, self._fresh = draft, True
            self._urgent = self._urgent or now
            self._changed.notify()

    def heard_at(self, place: Place) -> None:
        """Let the draft tell where the run's message stands in Slack; at once, or nobody could end it."""
        with self._changed:
            self._newest = {**self._newest, "channel": place.channel, "ts": place.ts}
            self._fresh = self._urgent = True
            self._changed.notify()

    def check(self) -> None:
        """Make sure, holding the lease, that nobody has ended this run's record meanwhile.

        Raises:
            LeaseLost: `settle` took it for dead. It has slept, or storage was away, for a lease's length.
        """
        if not self._generation:
            return
        try:
            taken_away = self.taken_away or not is_kept(self._env, self._run, self._writer)
        except ClientError as error:
            logger.warning(f"{self._env.name}: whether {self._run} was taken for dead is not known: {error}")
            return
        if taken_away:
            raise LeaseLost(taken_for_dead(self._env.name))

    def close(self) -> None:
        """The record is written: the draft goes."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(FAREWELL)
        try:
            delete_draft(self._env, self._run)
        except ClientError as error:
            logger.warning(f"{self._env.name}: the draft of {self._run} is left for settle: {error.what}")

    def _write(self) -> None:
        warned = False
        with patience(lease.patience(self._env.lease)):
            while self._due():
                try:
                    generation = write_draft(
                        self._env, self._run, self._newest, self._writer, self._generation
                    )
                except ClientError as error:
                    self._fresh = True
                    if not warned:
                        logger.warning(f"{self._env.name}: the draft of {self._run} waits: {error.what}")
                    warned = True
                    continue
                if generation is None:
                    self.taken_away = True
                    return
                self._generation, warned = generation, False

    def _due(self) -> bool:
        """Wait until there is something new, or the old one needs renewing; False at the end."""
        beat = self._env.lease.total_seconds() / 3
        with self._changed:
            rest = max(0.0, self._last + BETWEEN - time.monotonic())
            self._changed.wait_for(lambda: self._urgent or self._closed, rest)
            self._changed.wait_for(lambda: self._fresh or self._closed, beat if self._newest else None)
            self._fresh, self._urgent, self._last = False, False, time.monotonic()
            return not self._closed
