"""The values of a drill as JSON: instants, losses, checks, phases. Readers raise ValueError."""

from datetime import timedelta
from typing import Any

from domain.beat_ranges import BeatRange, ranges
from domain.drill_check import DrillCheck, Result
from domain.drill_report import Promise
from domain.loss import Beat, Loss, Unmeasurable
from domain.recovery import Phase
from domain.refusal import Problem
from domain.strict_json import Malformed, instant, iso, items, mapping, members, seconds, span, text, whole
from domain.timeline import Moment, Timeline

MOST_BEATS = 10_000_000  # of one range: a third of a year of them


def promise_to_json(promise: Promise) -> dict[str, float]:
    return {"rto_seconds": seconds(promise.rto), "rpo_seconds": seconds(promise.rpo)}


def promise_from_json(value: Any, where: str) -> Promise:
    found = members(value, where, ("rto_seconds", "rpo_seconds"))
    return Promise(
        span(found["rto_seconds"], f"{where}.rto_seconds"), span(found["rpo_seconds"], f"{where}.rpo_seconds")
    )


def figure_to_json(figure: timedelta | Unmeasurable) -> dict[str, Any]:
    if isinstance(figure, Unmeasurable):
        return {"not_measurable": figure.why}
    return {"seconds": seconds(figure)}


def figure_from_json(value: Any, where: str) -> timedelta | Unmeasurable:
    if "not_measurable" in mapping(value, where):
        return unmeasurable_from_json(value, where)
    return span(members(value, where, ("seconds",))["seconds"], f"{where}.seconds")


def unmeasurable_from_json(value: Any, where: str) -> Unmeasurable:
    found = members(value, where, ("not_measurable",))
    return Unmeasurable(text(found["not_measurable"], f"{where}.not_measurable"))


def span_or_none(value: Any, where: str) -> timedelta | None:
    return None if value is None else span(value, where)


def timeline_to_json(timeline: Timeline) -> dict[str, str]:
    return {moment.value: iso(at) for moment, at in timeline.at.items()}


def timeline_from_json(value: Any, where: str) -> Timeline:
    return Timeline(
        {Moment(moment): instant(at, f"{where}.{moment}") for moment, at in mapping(value, where).items()}
    )


def phases_to_json(phases: tuple[Phase, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": phase.name,
            "began_at": iso(phase.began),
            "ended_at": iso(phase.ended),
            "seconds": seconds(phase.took),
            "said": phase.said,
        }
        for phase in phases
    ]


def phases_from_json(value: Any, where: str) -> tuple[Phase, ...]:
    made = []
    for place, item in enumerate(items(value, where)):
        each = f"{where}[{place}]"
        found = members(item, each, ("name", "began_at", "ended_at", "seconds", "said"))
        phase = Phase(
            text(found["name"], f"{each}.name"),
            instant(found["began_at"], f"{each}.began_at"),
            instant(found["ended_at"], f"{each}.ended_at"),
            text(found["said"], f"{each}.said"),
        )
        if seconds(phase.took) != found["seconds"]:
            raise Malformed(f"{each}.seconds is not what lies between its instants")
        made.append(phase)
    return tuple(made)


def loss_to_json(loss: Loss | Unmeasurable | None) -> dict[str, Any] | None:
    """Beats as ranges, in order, each once."""
    if loss is None:
        return None
    if isinstance(loss, Unmeasurable):
        return {"not_measurable": loss.why}
    return {
        "achieved_rpo_seconds": seconds(loss.achieved_rpo),
        "last": None if loss.last is None else [loss.last.epoch, loss.last.sequence],
        "last_at": None if loss.last_at is None else iso(loss.last_at),
        "lost": _beats_to_json(loss.lost),
        "phantom": _beats_to_json(loss.phantom),
    }


def loss_from_json(value: Any, where: str) -> Loss | Unmeasurable | None:
    if value is None:
        return None
    if "not_measurable" in mapping(value, where):
        return unmeasurable_from_json(value, where)
    found = members(value, where, ("achieved_rpo_seconds", "last", "last_at", "lost", "phantom"))
    return Loss(
        span(found["achieved_rpo_seconds"], f"{where}.achieved_rpo_seconds"),
        None if found["last"] is None else Beat(*_numbers(found["last"], f"{where}.last", 2)),
        None if found["last_at"] is None else instant(found["last_at"], f"{where}.last_at"),
        _beats_from_json(found["lost"], f"{where}.lost"),
        _beats_from_json(found["phantom"], f"{where}.phantom"),
    )


def check_to_json(check: DrillCheck) -> dict[str, Any]:
    return {
        "name": check.name,
        "result": check.result.value,
        "said": check.said,
        "seconds": seconds(check.took),
        "of_set": check.of_set,
        "catches": check.catches,
    }


def check_from_json(value: Any, where: str) -> DrillCheck:
    found = members(value, where, ("name", "result", "said", "seconds", "of_set", "catches"))
    return DrillCheck(
        text(found["name"], f"{where}.name"),
        Result(text(found["result"], f"{where}.result")),
        text(found["said"], f"{where}.said"),
        span(found["seconds"], f"{where}.seconds"),
        _truth(found["of_set"], f"{where}.of_set"),
        _truth(found["catches"], f"{where}.catches"),
    )


def problem_to_json(problem: Problem) -> dict[str, str]:
    return {"what": problem.what, "remedy": problem.remedy}


def problem_from_json(value: Any, where: str) -> Problem:
    found = members(value, where, ("what", "remedy"))
    return Problem(text(found["what"], f"{where}.what"), text(found["remedy"], f"{where}.remedy"))


def _beats_to_json(beats: tuple[Beat, ...]) -> list[list[int]]:
    return [[each.epoch, each.first, each.last] for each in ranges(beats)]


def _beats_from_json(value: Any, where: str) -> tuple[Beat, ...]:
    made: list[Beat] = []
    for place, item in enumerate(items(value, where)):
        found = BeatRange(*_numbers(item, f"{where}[{place}]", 3))
        if len(found) > MOST_BEATS:
            raise Malformed(f"{where}[{place}] has {len(found):,} beats, which cannot be")
        made += found
    return tuple(made)


def _numbers(value: Any, where: str, count: int) -> list[int]:
    found = [whole(item, f"{where}[{place}]") for place, item in enumerate(items(value, where))]
    if len(found) != count:
        raise Malformed(f"{where} has {len(found)} numbers, and not {count}")
    return found


def _truth(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"{where} is neither true nor false")
    return value
