"""Reports of drills in the vault: the report as JSON, its page, its sum; and those of the drills before.

They are written outside of a run, too: by whoever ends a drill that died.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from clients.environment import Environment
from clients.errors import AlreadyThere, ClientError, PreconditionFailed
from clients.objects import link, list_names, read_text, write_text_once
from domain.drill_document import DrillDocument, document
from domain.drill_json import from_text, to_text
from domain.drill_page import drill_page
from domain.drill_report import DATABASE, SEARCH, DrillReport
from domain.drill_report_json import report_to_json
from domain.drill_verdict import judged
from domain.refusal import Refused
from domain.strict_json import sha256
from domain.vault_layout import drill_page_name, drill_report_name, drills, reference, sum_name
from tasks.side_by_side import side_by_side

NEWEST = 100  # reports that are read for a trend
AT_ONCE = 10

Evidence = list[tuple[str, str]]


@dataclass(frozen=True)
class Reports:
    """The newest reports, the oldest of them first, and why others could not be read."""

    reports: tuple[DrillReport, ...]
    unread: tuple[str, ...] = ()


def concluded(env: Environment, report: DrillReport) -> DrillReport:
    """The report with its verdict, by what this environment can measure: to be told, then written."""
    return judged(replace(report, metered=_metered(env)))


def document_of(env: Environment, report: DrillReport) -> DrillDocument:
    """The report as it is written, with the drills before it; judged, where it is not yet. It only reads.

    That the drills before cannot be read is told in it: the report itself must not wait for that.
    """
    judged_now = report if report.verdict else concluded(env, report)
    try:
        before = read_reports(env)
    except ClientError as error:
        before = Reports((), (str(error),))
    return document(judged_now, before.reports, before.unread)


def write_report(env: Environment, report: DrillReport) -> Evidence:
    """Write it, with its page and its sum; the names and addresses of report and page. May be called again,
    also by another process: what is not there yet is written.

    Raises:
        AlreadyThere: another report of that drill stands there.
    """
    judged_now = report if report.verdict else concluded(env, report)
    name = drill_report_name(env.name, report.id)
    if read_text(env, env.vault, name) is None:
        with suppress(PreconditionFailed):  # somebody was faster: what stands there tells
            write_text_once(env, env.vault, name, to_text(document_of(env, judged_now)))
    standing = read_report(env, report.id)
    assert standing
    if report_to_json(standing) != report_to_json(judged_now):
        raise AlreadyThere(
            f"{reference(env.vault, name)}: another report of that drill stands there",
            "somebody took it for dead, and has reported that; what it says stays",
        )
    return complete_report(env, report.id)


def complete_report(env: Environment, drill: str) -> Evidence:
    """Write page and sum of a report that stands, where they are not there yet.

    Raises:
        Refused: what stands there is no report.
        ClientError: it could not be read, or its page not be written.
    """
    name, page = drill_report_name(env.name, drill), drill_page_name(env.name, drill)
    text = read_text(env, env.vault, name)
    if text is None:
        return []
    told = f"{sha256(text)}  {name.rpartition('/')[2]}\n"
    write_text_once(env, env.vault, sum_name(name), told, "text/plain; charset=utf-8")
    if read_text(env, env.vault, page) is None:  # one that stands may be of another Muster: it stays
        html = drill_page(from_text(text, reference(env.vault, name)))
        write_text_once(env, env.vault, page, html, "text/html; charset=utf-8", shown=True)
    return [("Report", link(env, env.vault, page)), ("Report as JSON", link(env, env.vault, name))]


def read_report(env: Environment, drill: str) -> DrillReport | None:
    """The report of that drill; None while there is none.

    Raises:
        Refused: what stands there is no report.
    """
    return _read(env, drill_report_name(env.name, drill))


def read_reports(env: Environment, newest: int = NEWEST) -> Reports:
    """The newest reports. One that cannot be read hides no other, and is told."""
    listed = list_names(env, env.vault, drills(env.name))
    names = [name for name in listed if name.endswith(".json")][-newest:]
    found: list[DrillReport] = []
    unread: list[str] = []

    def read(name: str) -> DrillReport | str | None:
        try:
            return _read(env, name)
        except (ClientError, Refused) as error:
            return str(error)

    for place in range(0, len(names), AT_ONCE):
        for each in side_by_side(read, names[place : place + AT_ONCE]):
            if isinstance(each, DrillReport):
                found.append(each)
            elif each is not None:
                unread.append(each)
    return Reports(tuple(found), tuple(unread))


def _read(env: Environment, name: str) -> DrillReport | None:
    text = read_text(env, env.vault, name)
    return None if text is None else from_text(text, reference(env.vault, name)).report


def _metered(env: Environment) -> tuple[str, ...]:
    """The stores that a heartbeat goes through."""
    if env.heartbeat is None:
        return ()
    database = (DATABASE,) if env.database else ()
    return (*database, SEARCH) if env.search and env.heartbeat.write else database
