"""The journal of a run: what becomes its record, filled in as it goes, and what is said of it meanwhile."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain import wording
from domain.draft import Draft
from domain.messages import headline
from domain.record import ReleaseRecord, StepTime
from domain.refusal import Refused
from tasks.announcements import Announcer
from tasks.drafts import Drafter
from tasks.run_state import RunState
from tasks.run_under_way import under_way

logger = logging.getLogger("muster")


@dataclass
class Journal:
    """A run's record and its voice."""

    record: ReleaseRecord
    announcer: Announcer
    drafter: Drafter | None = None  # None where the draft is another run's, which is being finished
    run_state: RunState | None = None
    under_way: str = field(default="", repr=False)  # the step
    split: str = field(default="", repr=False)  # as it is in force
    schema_in_doubt: bool = field(default=False, repr=False)  # it changed, or may have, and is not proven
    depth: int = field(default=0, repr=False)
    percent: int | None = field(default=None, repr=False)
    met_at: datetime | None = field(default=None, repr=False)  # when users first met the canary
    proven_at: datetime | None = field(default=None, repr=False)  # when its trial was over

    @property
    def id(self) -> str:
        return self.record.id

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step. Steps within steps are part of the outer one."""
        began, started_at = time.monotonic(), datetime.now(UTC)
        error, outcome = "", "done in"
        if self.depth == 0:
            self.under_way = name
            self.draft(now=True)
            self._tell_state()
        self.depth += 1
        try:
            yield
        except BaseException as failure:
            error = type(failure).__name__
            outcome = "refused after" if isinstance(failure, Refused) else "failed after"
            raise
        finally:
            self.depth -= 1
            seconds = time.monotonic() - began
            if self.depth == 0:
                self.record.steps.append(StepTime(name, started_at, round(seconds, 3), error))
                took = wording.length(timedelta(seconds=seconds))
                logger.info(f"{name}: {outcome} {took}")

    def show(self, status: str, percent: int | None = None) -> None:
        """What the run's one message says now; the split's bar stays until another is given."""
        self.percent = percent if percent is not None else self.percent
        self.announcer.show(headline(self.record, status, self.percent))
        self.draft()

    def split_is(self, split: str) -> None:
        """A change of the split is in force."""
        self.split = split
        self._tell_state()

    def check(self) -> None:
        """LeaseLost when somebody has ended this run's record, taking it for dead."""
        if self.drafter:
            self.drafter.check()

    def draft(self, *, now: bool = False) -> None:
        """Keep what is known so far, for whoever finishes this record if this process does not."""
        if self.drafter is None:
            return
        place = self.announcer.place
        channel, ts = (place.channel, place.ts) if place else ("", "")
        draft = Draft(self.record, self.under_way, channel, ts, self.met_at, self.proven_at)
        self.drafter.keep(draft.to_json(), now=now)

    def say(self, text: str) -> None:
        """A word in the message's thread."""
        self.announcer.say(text)

    def _tell_state(self) -> None:
        if self.run_state:
            self.run_state.tell(": ".join(filter(None, (self.under_way, self.split))))

    def note(self, text: str) -> None:
        """Something the record is to tell, and the thread."""
        logger.info(text)
        self.record.notes.append(text)
        self.say(text)


_journal: ContextVar[Journal | None] = ContextVar("journal", default=None)


def split_in_force(split: str) -> None:
    """A change of the split is in force; told by the journal of a deploy, where one is under way."""
    if opened := _journal.get():
        opened.split_is(split)


def journal() -> Journal:
    """The journal of the run that is under way. LookupError outside of one."""
    found = _journal.get()
    if found is None:
        raise LookupError("no run is under way")
    return found


@contextmanager
def journalling(opened: Journal) -> Iterator[Journal]:
    """Inside, this is the journal."""
    token = _journal.set(opened)
    try:
        with under_way(opened):
            yield opened
    finally:
        _journal.reset(token)
