"""The page of a drill: HTML that needs nothing but itself, made from the drill's document alone.

What others wrote (names, messages of databases) is escaped; there is no script, and the page forbids any.
"""

from collections.abc import Iterable
from html import escape

from domain import wording
from domain.drill_check import DrillCheck, Result
from domain.drill_document import DrillDocument
from domain.drill_page_figures import losses, objectives, phases
from domain.drill_page_style import STYLE
from domain.drill_report import DrillReport, Verdict
from domain.drill_words import UNDER_WAY, checks, without_verdict
from domain.html_words import facts, stamp, with_code
from domain.trend_chart import CLASSES, Point, trend_chart

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def drill_page(document: DrillDocument) -> str:
    """A whole HTML document; the verdict stands in its first line."""
    report = document.report
    title = f"{report.kind} of {report.service} in {report.environment}, {report.started_at:%Y-%m-%d}"
    sections = (
        _verdict(document, title),
        _reasons(report),
        _section("Objectives", objectives(report, document.figures)),
        _section("Where the time went", phases(document.figures)),
        _section("What was restored", _restored(report)),
        _section("What was lost", losses(report)),
        _section(f"Checks: {checks(report)}", _checks(report.checks)),
        _section("Drills so far", _trend(document)),
        _section("What the drill made", _remains(report)),
        _footer(report),
    )
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(section for section in sections if section)
        + "\n</body>\n</html>\n"
    )


def _verdict(document: DrillDocument, title: str) -> str:
    verdict = document.report.verdict
    kind = CLASSES[verdict] if verdict else "missed"
    return (
        f'<header><h1><span class="badge {kind}">{escape(verdict or UNDER_WAY)}</span> '
        f"{with_code(without_verdict(document.report, document.first_line))}</h1>\n"
        f'<p class="quiet">{escape(title)}, by {escape(document.report.who)}</p></header>'
    )


def _reasons(report: DrillReport) -> str:
    """What speaks against it, each with what to do first."""
    if not report.reasons:
        return ""
    kind = "missed" if report.verdict is Verdict.MISSED else ""
    items = (f"<li>{with_code(each.what)}<br>→ {with_code(each.remedy)}</li>" for each in report.reasons)
    return f'<section class="card first {kind}"><b>First look here</b><ul>{"".join(items)}</ul></section>'


def _restored(report: DrillReport) -> str:
    return facts(
        ("recovery set", f"{report.set_id}, {report.picked}" if report.picked else report.set_id),
        ("database", report.path),
        ("defect planted", report.defect),
        ("release", report.image),
        ("bytes", wording.size(report.database_bytes) if report.database_bytes is not None else ""),
        ("documents", wording.count(report.documents) if report.documents is not None else ""),
    )


def _checks(found: Iterable[DrillCheck]) -> str:
    kinds = {Result.PASSED: "passed", Result.FAILED: "failed", Result.NOT_RUN: "failed"}
    items = "".join(
        f'<li><span><b>{escape(check.name)}</b> <span class="badge {kinds[check.result]}">'
        f'{escape(check.result)}</span></span><span class="quiet">{wording.length(check.took)}</span>'
        f"<p>{with_code(check.said)}</p></li>"
        for check in found
    )
    return f'<ul class="checks">{items}</ul>' if items else '<p class="failed">nothing was checked</p>'


def _trend(document: DrillDocument) -> str:
    past = document.trend
    figures = ""
    if past:
        rto = [Point(each.started_at, each.rto, each.promise.rto, each.verdict, each.id) for each in past]
        rpo = [Point(each.started_at, each.rpo, each.promise.rpo, each.verdict, each.id) for each in past]
        charts = (("RTO", trend_chart("RTO", rto)), ("RPO", trend_chart("RPO", rpo)))
        figures = "".join(
            f"<figure>{chart}<figcaption>achieved {name}; ○ objective missed, ✕ failed</figcaption></figure>"
            for name, chart in charts
        )
    unread = "".join(f'<p class="failed">not read: {escape(each)}</p>' for each in document.unread)
    return f'<div class="pair">{figures}</div><p>{escape(document.confidence)}</p>{unread}'


def _remains(report: DrillReport) -> str:
    lists = (
        ("torn down", report.torn_down, ""),
        ("kept on purpose", report.kept, "missed"),
        ("left behind", report.left, "failed"),
    )
    made = [
        f'<p class="{kind}">{name}: {escape(wording.listed(names))}</p>'
        for name, names, kind in lists
        if names
    ]
    return "".join(made) or '<p class="quiet">nothing</p>'


def _footer(report: DrillReport) -> str:
    ended = f" to {stamp(report.ended_at)}" if report.ended_at else ""
    run = f", {escape(report.run_url)}" if report.run_url else ""
    return (
        f'<footer class="quiet">Measured in the project {escape(report.project)}, from '
        f"{stamp(report.started_at)}{ended}. The figures are of that project and its data: a sandbox's "
        f"are a sandbox's, and tell nothing of how long Google takes. {escape(report.kind)} "
        f"<code>{escape(report.id)}</code>{run}</footer>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"
