"""The report of a drill as JSON. Readers raise ValueError."""

from typing import Any

from domain.drill_report import DrillReport, Verdict
from domain.drill_value_json import (
    check_from_json,
    check_to_json,
    loss_from_json,
    loss_to_json,
    problem_from_json,
    problem_to_json,
    promise_from_json,
    promise_to_json,
    timeline_from_json,
    timeline_to_json,
)
from domain.strict_json import Malformed, instant, iso, items, members, text, texts, whole

TEXTS = (
    "id", "kind", "environment", "project", "service", "who", "set_id", "picked", "path", "defect", "image",
    "skew", "failure", "run_url",
)  # fmt: skip
LISTS = ("torn_down", "left", "kept")
OTHERS = (
    "started_at", "ended_at", "objectives", "database_bytes", "documents", "timeline", "database", "search",
    "metered", "checks", "verdict", "reasons",
)  # fmt: skip


def report_to_json(report: DrillReport) -> dict[str, Any]:
    """Lengths in seconds, sizes in bytes, instants in ISO 8601."""
    return {
        **{name: getattr(report, name) for name in TEXTS},
        **{name: list(getattr(report, name)) for name in LISTS},
        "started_at": iso(report.started_at),
        "ended_at": iso(report.ended_at) if report.ended_at else None,
        "objectives": promise_to_json(report.promise),
        "database_bytes": report.database_bytes,
        "documents": report.documents,
        "timeline": timeline_to_json(report.timeline),
        "database": loss_to_json(report.database),
        "search": loss_to_json(report.search),
        "metered": list(report.metered),
        "checks": [check_to_json(check) for check in report.checks],
        "verdict": report.verdict.value if report.verdict else None,
        "reasons": [problem_to_json(reason) for reason in report.reasons],
    }


def report_from_json(value: Any, where: str) -> DrillReport:
    found = members(value, where, (*TEXTS, *LISTS, *OTHERS))
    database = loss_from_json(found["database"], f"{where}.database")
    if database is None:
        raise Malformed(f"{where}.database is null, and not a reason why nothing was measured")
    plain: dict[str, Any] = {name: text(found[name], f"{where}.{name}") for name in TEXTS}
    lists: dict[str, Any] = {name: list(texts(found[name], f"{where}.{name}")) for name in LISTS}
    return DrillReport(
        **plain,
        **lists,
        started_at=instant(found["started_at"], f"{where}.started_at"),
        ended_at=None if found["ended_at"] is None else instant(found["ended_at"], f"{where}.ended_at"),
        promise=promise_from_json(found["objectives"], f"{where}.objectives"),
        database_bytes=_number(found["database_bytes"], f"{where}.database_bytes"),
        documents=_number(found["documents"], f"{where}.documents"),
        timeline=timeline_from_json(found["timeline"], f"{where}.timeline"),
        database=database,
        search=loss_from_json(found["search"], f"{where}.search"),
        metered=texts(found["metered"], f"{where}.metered"),
        checks=[
            check_from_json(item, f"{where}.checks[{place}]")
            for place, item in enumerate(items(found["checks"], f"{where}.checks"))
        ],
        verdict=None if found["verdict"] is None else Verdict(text(found["verdict"], f"{where}.verdict")),
        reasons=[
            problem_from_json(item, f"{where}.reasons[{place}]")
            for place, item in enumerate(items(found["reasons"], f"{where}.reasons"))
        ],
    )


def _number(value: Any, where: str) -> int | None:
    return None if value is None else whole(value, where)
