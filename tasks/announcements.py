"""Being heard in Slack, without ever being held up by it.

A thread of its own sends what is queued. Nothing waits for it but the end of the run, and that for seconds;
what could not be said is counted in the log. (A lease is another matter: no thread renews one.)
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from clients.environment import Environment
from clients.errors import ClientError, Rejected
from clients.slack import Place, RateLimited, Slack
from domain.messages import Message

logger = logging.getLogger("muster")

FAREWELL = 5.0  # seconds that the end of a run waits for what is still queued
LOOK = 0.05  # seconds between looks at whether all is sent
BETWEEN_UPDATES = 1.2  # seconds; Slack takes about 50 updates a minute
PAUSE = 5.0  # seconds after a failure


class Announcer:
    """One message, updated, and its thread. An environment without Slack has nothing to say."""

    def __init__(
        self,
        env: Environment,
        place: Place | None = None,
        placed: Callable[[Place], None] | None = None,
        *,
        resumes: bool = False,
    ) -> None:
        """`place`: go on with the message that stands there. `placed` is told of it once there is one.

        `resumes` the run of a process that died: without a place it may have posted a message all the same.
        """
        self._env = env
        self._begun = time.monotonic()
        self.place = place
        self._perhaps_posted = resumes  # by a call that was not answered, or by a process that died
        self._placed = placed
        self._message: Message | None = None
        self.shown: Message | None = None  # as Slack has it
        self._said: deque[str] = deque()
        self._changed = threading.Condition()
        self._closing = 0.0  # when to give up, in monotonic seconds
        self._failed = ""
        self._thread = threading.Thread(target=self._run, name="slack", daemon=True)
        if env.slack:
            self._thread.start()

    def show(self, message: Message) -> None:
        """Let the message be this from now on; what it was before may never have been sent."""
        with self._changed:
            self._message = message
            self._changed.notify()

    def say(self, text: str) -> None:
        """Say it in the thread, after all that was said before."""
        with self._changed:
            self._said.append(text)
            self._changed.notify()

    def heard(self) -> None:
        """Wait a little for what is queued; more may follow."""
        end = time.monotonic() + FAREWELL
        while self._thread.is_alive() and self._unsent and time.monotonic() < end:
            time.sleep(LOOK)

    def close(self) -> None:
        """Wait a little for what is queued, then let it be."""
        if not self._thread.is_alive():
            return
        with self._changed:
            self._closing = time.monotonic() + FAREWELL
            self._changed.notify()
        self._thread.join(FAREWELL + 1)
        unsaid = len(self._said) + (self._message != self.shown)
        if unsaid:
            logger.warning(f"Slack: {unsaid} messages were not sent: {self._failed or 'no answer in time'}")

    def _run(self) -> None:
        slack: Slack | None = None
        while self._wait():
            try:
                slack = slack or Slack(self._env)
                self._send(slack)
            except RateLimited as error:
                self._recover(error.seconds)
            except ClientError as error:
                if not self._failed:
                    logger.warning(f"{error.what}; the run goes on without it")
                self._failed = error.what
                self._recover(PAUSE)

    def _wait(self) -> bool:
        """Whether there is something to send now, or later; not when all is sent and the end has come."""
        with self._changed:
            while not self._unsent:
                if self._closing:
                    return False
                self._changed.wait()
            return not self._closing or time.monotonic() < self._closing

    def _send(self, slack: Slack) -> None:
        """The message first, as the thread hangs on it; then what was said, in order."""
        with self._changed:
            message = self._message
        if message is not None and message != self.shown:
            place = self.place or self._found(slack, message)
            if place:
                slack.update(place, message)
            else:
                place = self._post(slack, message)
            if self.place is None and self._placed:
                self._placed(place)
            self.place = place
            self.shown = message
        while self._said and self.place is not None:
            slack.reply(self.place, self._said[0])
            self._said.popleft()
        self._rest(BETWEEN_UPDATES)

    def _post(self, slack: Slack, message: Message) -> Place:
        self._perhaps_posted = True
        place = slack.post(message)
        self._perhaps_posted = False
        return self._found(slack, message) or place  # it may have slept in that very call

    def _found(self, slack: Slack, message: Message) -> Place | None:
        """The run's message, where it may stand already: after a sleep, by whoever took us for dead. Of two
        the later one goes. Where Slack does not let us look, it is posted anew."""
        slept = time.monotonic() - self._begun > self._env.lease.total_seconds()
        if not (slept or self._perhaps_posted):
            return None
        try:
            places = slack.places(message)
            for later in places[1:]:
                slack.delete(later)
        except Rejected as error:
            logger.warning(f"{error}: the run may have two messages")
            return None
        return places[0] if places else None

    def _rest(self, seconds: float) -> None:
        """A pause, cut short by the end of the run: its last word follows at once, as Slack takes a few in a
        row (https://docs.slack.dev/apis/web-api/rate-limits).
        """
        end = time.monotonic() + seconds
        with self._changed:
            while (left := end - time.monotonic()) > 0 and not self._closing:
                self._changed.wait(left)

    def _recover(self, seconds: float) -> None:
        """A pause after a failure; the end of the run leaves a moment of it, not to ask without a pause."""
        self._rest(seconds)
        if self._closing:
            time.sleep(min(0.2, seconds))

    @property
    def _unsent(self) -> bool:
        return bool(self._said) or self._message != self.shown
