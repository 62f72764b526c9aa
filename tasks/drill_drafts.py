"""The draft of the drill under way: opened before anything is made, closed when nothing of it is left.

What a drill is about to make is written before it is made; at which step it is follows a moment later, by a
thread of its own, so that no step waits for it.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from clients.drill_drafts import delete_drill_draft, write_drill_draft
from clients.environment import Environment
from clients.errors import AlreadyThere, ClientError
from clients.patience import patience
from clients.slack import Place
from domain import lease as rules
from domain.drill_draft import DrillDraft
from domain.lease import LeaseLost, taken_for_dead
from domain.run_report import RunReport
from tasks.held_lease import HeldLease
from tasks.logbook import Logbook
from tasks.targets import target_name

logger = logging.getLogger("muster")

BETWEEN = 1.0  # seconds; storage allows about one write a second to an object


class OpenDrill:
    """A drill under way, and its draft, by which `muster reap` finds what it makes."""

    def __init__(self, env: Environment, draft: DrillDraft, generation: int) -> None:
        self._env = env
        self._newest = self._written = draft
        self._generation = generation
        self._last = time.monotonic()  # when it was written
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="drill-draft")

    @property
    def draft(self) -> DrillDraft:
        return self._newest

    def note_step(self, name: str) -> None:
        """At which step the drill is; written a moment later. That it cannot be stops nobody."""
        self._change(step=name).add_done_callback(self._warn)

    def note_place(self, place: Place) -> None:
        """Where the drill's message stands in Slack, so that somebody else could end it."""
        self._change(channel=place.channel, ts=place.ts).add_done_callback(self._warn)

    def keep_until(self, until: datetime) -> None:
        """Let the target stay until that instant of the storage server's clock, whatever becomes of us;
        written when this returns.

        Raises:
            LeaseLost: the drill was taken for dead.
            ClientError: it cannot be noted, so nothing is to be kept.
        """
        self._change(kept_until=until).result()

    def follow(self, book: Logbook) -> None:
        """Let the draft tell from now on at which step the run is, and where its message stands in Slack."""

        def under_way(steps: str) -> None:
            self.note_step(steps)
            if book.place:
                self.note_place(book.place)

        book.on_step = under_way

    def close(self, *, kept: bool = False) -> None:
        """The report stands. The draft goes, unless the target is `kept`, or something of it is left: then
        `muster reap` deletes the draft with the last of it, and says nothing. So it does where the draft
        cannot be deleted now."""
        if kept:
            self._change(ended=True).add_done_callback(self._warn)
        self._writer.shutdown()
        if kept:
            return
        try:
            delete_drill_draft(self._env, self._newest.id)
        except ClientError as error:
            logger.warning(f"{self._env.name}: the drill's draft is left to muster reap: {error}")

    def _change(self, **known: object) -> "Future[None]":
        with self._lock:
            self._newest = replace(self._newest, **known)  # type: ignore[arg-type]  # its own fields
            return self._writer.submit(self._write)

    def _write(self) -> None:
        if self._newest == self._written:
            return
        time.sleep(max(0.0, self._last + BETWEEN - time.monotonic()))
        draft = self._newest  # with what has come meanwhile
        with patience(rules.patience(self._env.lease)):
            generation = write_drill_draft(self._env, draft, self._generation)
        self._last = time.monotonic()
        if generation is None:
            raise LeaseLost(taken_for_dead(self._env.name))
        self._generation, self._written = generation, draft

    def _warn(self, done: "Future[None]") -> None:
        """Of a drill that was taken for dead its lease tells, before it changes anything."""
        error = done.exception()
        if error:
            logger.warning(f"{self._env.name}: the drill's draft is a step behind: {error}")


def open_drill(
    env: Environment, report: RunReport, lease: HeldLease, *, set_id: str = "", defect: str = ""
) -> OpenDrill:
    """Note what the drill is going to make, before anything is made. `lease` is the one that it holds.

    Raises:
        AlreadyThere: a drill of that id was noted before.
        ClientError: it cannot be noted, so nothing is to be made.
    """
    draft = DrillDraft(
        id=report.id,
        kind=report.kind,
        environment=env.name,
        service=env.service.name,
        who=report.who,
        began_at=lease.server_now(),
        length=env.drill.lease,
        target=target_name(report.id),
        set_id=set_id,
        defect=defect,
        run_url=report.run_url,
        cluster=(env.drill.search or "") if env.search else "",
    )
    generation = write_drill_draft(env, draft, 0)
    if generation is None:
        raise AlreadyThere(f"{report.id}: a drill of this id was noted before", "run it again, under another")
    return OpenDrill(env, draft, generation)


def kept_until(lease: HeldLease, keep_for: timedelta) -> datetime:
    """The instant until which a target is kept that is to be kept for so long from now."""
    return lease.server_now() + keep_for
