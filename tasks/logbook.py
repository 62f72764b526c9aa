"""The logbook of a run that changes no traffic: what it does, told in the log, in Slack and in Prefect."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from importlib import import_module

from clients.environment import Environment
from clients.settings import who
from clients.slack import Place
from domain import wording
from domain.messages import plain
from domain.record import StepTime
from domain.refusal import Refused
from domain.run_report import End, RunReport, message, page
from tasks.announcements import Announcer
from tasks.flow_run import in_flow_run
from tasks.run_state import RunState
from tasks.run_under_way import under_way
from tasks.runs import new_id, run_url
from tasks.undisturbed import undisturbed

logger = logging.getLogger("muster")


class Logbook:
    """A run's report and its voice. Steps of several threads may be under way in it at once."""

    def __init__(
        self, report: RunReport, announcer: Announcer, run_state: RunState, *, quiet: bool = False
    ) -> None:
        self.report = report
        self.quiet = quiet  # nothing of it is heard in Slack
        self.told_elsewhere = False  # and nothing of its failure either: an alarm of its own tells it
        self.on_step: Callable[[str], None] = _to_nobody  # is told which steps are under way
        self._announcer = announcer
        self._run_state = run_state
        self._lock = threading.Lock()
        self._under_way: list[str] = []

    @property
    def id(self) -> str:
        return self.report.id

    @property
    def place(self) -> Place | None:
        """Where its message stands in Slack; None while it is not heard there."""
        return self._announcer.place

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        began, started_at = time.monotonic(), datetime.now(UTC)
        self._run_state.tell(name)
        with self._lock:
            self._under_way.append(name)
            self.on_step(", ".join(self._under_way))
        error = ""
        try:
            yield
        except BaseException as failure:
            error = type(failure).__name__
            raise
        finally:
            seconds = time.monotonic() - began
            with self._lock:
                self._under_way.remove(name)
                if self._under_way:  # else the last one is where the run is
                    self.on_step(", ".join(self._under_way))
                self.report.steps.append(StepTime(name, started_at, round(seconds, 3), error))
            outcome = "failed after" if error else "done in"
            logger.info(f"{name}: {outcome} {wording.length(timedelta(seconds=seconds))}")

    def progress(self, part: str, said: str) -> None:
        """How far a part is, such as `database backup: 310 MB, 12 s`; shown in Slack, and in Prefect."""
        with self._lock:
            if self.report.progress.get(part) == said:
                return
            self.report.progress = {**self.report.progress, part: said}
            state = ", ".join(f"{name}: {each}" for name, each in self.report.progress.items())
        self._run_state.tell(state)
        self._tell()

    def show(self, status: str) -> None:
        """What the run's one message says now."""
        self.report.status = status
        self._tell()

    def say(self, text: str) -> None:
        """A word in the message's thread."""
        if not self.quiet:
            self._announcer.say(text)

    def note(self, text: str) -> None:
        """Something the report is to tell, and the thread."""
        logger.info(plain(text))
        with self._lock:
            self.report.notes.append(text)
        self.say(text)

    def ends(self, status: str, end: End = End.DONE) -> None:
        """How the run ends, in a sentence."""
        self.report.status, self.report.end = status, end

    def heard(self) -> None:
        """Let what was shown be heard, if that takes little time."""
        self._tell()
        self._announcer.heard()

    def close(self) -> None:
        """Tell the end, and wait a little until it is heard."""
        self.report.ended_at = datetime.now(UTC)
        logger.info(plain(f"{self.report.service}: {self.report.kind}: {self.report.status}"))
        self._tell()
        if in_flow_run():
            self._publish()
        self._announcer.close()
        self._run_state.close()

    def _tell(self) -> None:
        if not self.quiet:
            self._announcer.show(message(self.report))

    def _publish(self) -> None:
        """The page as an artifact of the flow run. Prefect being down fails no run."""
        key = f"{self.report.kind}-{self.report.environment}".replace(" ", "-").replace("_", "-").lower()
        try:
            import_module("prefect.artifacts").create_markdown_artifact(
                page(self.report), key=key, description=plain(self.report.status)
            )
        except Exception as error:
            logger.warning(f"Prefect did not take the run's artifact: {error}")


def _to_nobody(_: str) -> None:
    """Nobody wants to know."""


_logbook: ContextVar[Logbook | None] = ContextVar("logbook", default=None)


def logbook() -> Logbook:
    """The logbook of the run that is under way. LookupError outside of one."""
    found = _logbook.get()
    if found is None:
        raise LookupError("no run is under way")
    return found


@contextmanager
def logged(kind: str, env: Environment, *, quiet: bool = False) -> Iterator[Logbook]:
    """Inside, a run is under way; its end is told, and an exception goes on.

    The flow calls `ends` where it knows better than that it is done. A `quiet` run is heard in Slack only if
    it fails: one that comes every few minutes.
    """
    report = RunReport(new_id(), kind, env.name, env.service.name, who(), datetime.now(UTC), run_url())
    book = Logbook(report, Announcer(env), RunState(), quiet=quiet)
    token = _logbook.set(book)
    try:
        with under_way(book):
            book.show("begun")
            yield book
            if report.end is End.UNDER_WAY:
                book.ends("done")
    except BaseException as failure:
        book.ends(
            str(failure) or type(failure).__name__,
            End.REFUSED if isinstance(failure, Refused) else End.FAILED,
        )
        book.quiet = book.told_elsewhere
        raise
    finally:
        _logbook.reset(token)
        with undisturbed():
            book.close()
