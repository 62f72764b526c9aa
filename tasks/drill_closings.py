"""The end of a drill, whatever it was: what it made is taken down, its report written, the set told."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from clients.errors import ClientError
from domain.drill_failures import DrillFailed, ObjectiveMissed
from domain.drill_markdown import drill_markdown
from domain.drill_report import DrillReport, Verdict
from domain.drill_words import first_line, look_first
from domain.lease import LeaseExpiring, LeaseLost
from domain.run_report import End
from tasks.abreast import abreast
from tasks.drill_drafts import kept_until
from tasks.drill_reports import concluded, document_of, write_report
from tasks.rehearsal import CheckFailed, Rehearsal
from tasks.set_proofs import prove_set
from tasks.step import step
from tasks.target_leftovers import take_down_database
from tasks.target_search import take_down_search
from tasks.target_services import take_down_service
from tasks.undisturbed import undisturbed

logger = logging.getLogger("muster")


@contextmanager
def rehearsed(drill: Rehearsal) -> Iterator[None]:
    """Inside, the drill goes on. Afterwards, however it ended: taken down, reported, noted on the set.

    Raises:
        DrillFailed: with the report's first line; so for every failure inside.
    """
    failure: BaseException | None = None
    try:
        yield
    except BaseException as error:
        failure = error
        if not isinstance(error, CheckFailed):
            drill.report.failure = str(error) or type(error).__name__
    with undisturbed():
        try:
            _end(drill)
        except Exception:
            drill.draft.close(kept=True)  # the run tells of it: reap does what is missing, and says nothing
            raise
    if failure is not None and not isinstance(failure, Exception):
        raise failure
    _tell_verdict(drill, failure)


@step
def take_down(drill: Rehearsal) -> None:
    """Remove all that the drill made; what cannot be is noted, and left to `muster reap`."""
    keep, target = drill.lease.keep_if_possible, drill.target
    removals: dict[str, Callable[[], object]] = {
        f"service {target.name}": lambda: take_down_service(target, keep),
    }
    if target.env.search:
        removals["search"] = lambda: take_down_search(target, keep)
    if target.env.database:
        removals[f"instance {target.name}"] = lambda: take_down_database(target, keep)
    outcome = abreast(removals, keep)
    for name, found in outcome.done.items():
        drill.report.torn_down += found if isinstance(found, list) else [name]
    for name, failure in outcome.failed.items():
        drill.report.left.append(f"{name} ({failure})")


@step
def keep_target(drill: Rehearsal) -> None:
    """Let the target stay for as long as was asked for: `muster reap` removes it then."""
    until = kept_until(drill.lease, drill.wish.keep_for)
    drill.draft.keep_until(until)
    drill.report.kept.append(f"{drill.target.name} until {until:%Y-%m-%d %H:%M} UTC")
    drill.book.note(f"the target `{drill.target.name}` is kept until {until:%Y-%m-%d %H:%M} UTC")


def _end(drill: Rehearsal) -> None:
    env, report = drill.target.source, drill.report
    try:
        if drill.wish.keep_for:
            keep_target(drill)
        else:
            take_down(drill)
    except (ClientError, LeaseLost, LeaseExpiring) as failure:
        report.left.append(f"{drill.target.name} ({failure})")
    report.ended_at = datetime.now(UTC)
    drill.report = report = concluded(env, report)
    drill.book.report.page = drill_markdown(document_of(env, report))
    drill.book.report.evidence += write_report(env, report)
    prove_set(env, drill.manifest, report)
    if report.verdict is Verdict.PASSED:
        drill.book.ends(first_line(report))
    else:
        drill.book.ends(_first_of_all(report), End.FAILED)
    drill.book.heard()  # while there is a draft: without one nobody would tell it for us
    drill.draft.close(kept=bool(report.left or report.kept))


def _tell_verdict(drill: Rehearsal, failure: BaseException | None) -> None:
    report = drill.report
    if report.verdict is Verdict.PASSED:
        return
    raised = ObjectiveMissed if report.verdict is Verdict.MISSED else DrillFailed
    raise raised(_first_of_all(report)) from failure


def _first_of_all(report: DrillReport) -> str:
    return f"{first_line(report)}. First: {look_first(report)}"
