"""A drill's document as JSON in one canonical form, and back.

The verdict and what is derived (figures, first line, confidence) are kept as they were: a later Muster may
judge and word otherwise, and what was told stays told.
"""

from typing import Any

from domain.drill_document import DrillDocument, Past
from domain.drill_figures import Figures
from domain.drill_report import Verdict
from domain.drill_report_json import report_from_json, report_to_json
from domain.drill_value_json import (
    figure_from_json,
    figure_to_json,
    phases_from_json,
    phases_to_json,
    promise_from_json,
    promise_to_json,
    span_or_none,
)
from domain.refusal import refuse
from domain.strict_json import Malformed, canonical, instant, iso, items, mapping, members, parse, text, texts

VERSION = 1
NAMES = ("version", "first_line", "report", "achieved", "confidence", "trend", "unread")
PAST = ("id", "started_at", "verdict", "achieved_rto_seconds", "achieved_rpo_seconds", "objectives")


def to_text(document: DrillDocument) -> str:
    """The canonical form."""
    return canonical(
        {
            "version": VERSION,
            "first_line": document.first_line,
            "report": report_to_json(document.report),
            "achieved": {
                "rto": figure_to_json(document.figures.rto),
                "rpo": figure_to_json(document.figures.rpo),
                "phases": phases_to_json(document.figures.phases),
            },
            "confidence": document.confidence,
            "trend": [_past_to_json(past) for past in document.trend],
            "unread": list(document.unread),
        }
    )


def from_text(kept: str, name: str = "report") -> DrillDocument:
    """The document that `to_text` made, of an object of that name.

    Raises:
        Refused: it is anything else, by as much as a space, or of a version that is unknown here.
    """
    try:
        value = parse(kept)
        version = mapping(value, "report").get("version")
        if version != VERSION:
            raise Malformed(f"its version, {version!r}, is unknown here")
        found = _read(members(value, "report", NAMES))
        if to_text(found) != kept:
            raise Malformed("it says the same in another form than the canonical one")
    except ValueError as error:
        raise refuse(
            f"{name}: it is no report of a drill: {error}",
            f"check it by {name.rpartition('/')[2]}.sha256; a version is read by the Muster that wrote it",
        ) from error
    return found


def _read(found: dict[str, Any]) -> DrillDocument:
    achieved = members(found["achieved"], "achieved", ("rto", "rpo", "phases"))
    return DrillDocument(
        report=report_from_json(found["report"], "report"),
        figures=Figures(
            figure_from_json(achieved["rto"], "achieved.rto"),
            figure_from_json(achieved["rpo"], "achieved.rpo"),
            phases_from_json(achieved["phases"], "achieved.phases"),
        ),
        first_line=text(found["first_line"], "first_line"),
        confidence=text(found["confidence"], "confidence"),
        trend=tuple(
            _past_from_json(past, f"trend[{place}]")
            for place, past in enumerate(items(found["trend"], "trend"))
        ),
        unread=texts(found["unread"], "unread"),
    )


def _past_to_json(past: Past) -> dict[str, Any]:
    return {
        "id": past.id,
        "started_at": iso(past.started_at),
        "verdict": past.verdict.value,
        "achieved_rto_seconds": None if past.rto is None else past.rto.total_seconds(),
        "achieved_rpo_seconds": None if past.rpo is None else past.rpo.total_seconds(),
        "objectives": promise_to_json(past.promise),
    }


def _past_from_json(value: Any, where: str) -> Past:
    found = members(value, where, PAST)
    return Past(
        text(found["id"], f"{where}.id"),
        instant(found["started_at"], f"{where}.started_at"),
        Verdict(text(found["verdict"], f"{where}.verdict")),
        span_or_none(found["achieved_rto_seconds"], f"{where}.achieved_rto_seconds"),
        span_or_none(found["achieved_rpo_seconds"], f"{where}.achieved_rpo_seconds"),
        promise_from_json(found["objectives"], f"{where}.objectives"),
    )
