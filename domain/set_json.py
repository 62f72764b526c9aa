"""The parts of a recovery set as JSON, for its manifest and for its summary. Readers raise ValueError."""

from typing import Any

from domain.recovery_set import Copy, Kind, Part, Pin, Proof, Window
from domain.strict_json import instant, iso, members, seconds, span, text, texts, whole


def part_to_json(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind.value,
        "references": list(part.references),
        "at": iso(part.at),
        "size": part.size,
    }


def part_from_json(value: Any, where: str) -> Part:
    found = members(value, where, ("kind", "references", "at", "size"))
    return Part(
        kind=Kind(text(found["kind"], f"{where}.kind")),
        references=texts(found["references"], f"{where}.references"),
        at=instant(found["at"], f"{where}.at"),
        size=None if found["size"] is None else whole(found["size"], f"{where}.size"),
    )


def window_to_json(window: Window | None) -> dict[str, str] | None:
    return (
        None
        if window is None
        else {"earliest_at": iso(window.earliest_at), "latest_at": iso(window.latest_at)}
    )


def window_from_json(value: Any, where: str) -> Window | None:
    if value is None:
        return None
    found = members(value, where, ("earliest_at", "latest_at"))
    return Window(
        instant(found["earliest_at"], f"{where}.earliest_at"),
        instant(found["latest_at"], f"{where}.latest_at"),
    )


def copy_to_json(copy: Copy) -> dict[str, Any]:
    return {"location": copy.location, "references": list(copy.references)}


def copy_from_json(value: Any, where: str) -> Copy:
    found = members(value, where, ("location", "references"))
    return Copy(
        text(found["location"], f"{where}.location"), texts(found["references"], f"{where}.references")
    )


def pin_to_json(pin: Pin) -> dict[str, str]:
    return {"who": pin.who, "why": pin.why, "until": iso(pin.until)}


def pin_from_json(value: Any, where: str) -> Pin:
    found = members(value, where, ("who", "why", "until"))
    return Pin(
        text(found["who"], f"{where}.who"),
        text(found["why"], f"{where}.why"),
        instant(found["until"], f"{where}.until"),
    )


def proof_to_json(proof: Proof | None) -> dict[str, Any] | None:
    return (
        None
        if proof is None
        else {
            "drill": proof.drill,
            "proven_at": iso(proof.proven_at),
            "achieved_rto_seconds": seconds(proof.achieved_rto),
            "achieved_rpo_seconds": None if proof.achieved_rpo is None else seconds(proof.achieved_rpo),
        }
    )


def proof_from_json(value: Any, where: str) -> Proof | None:
    if value is None:
        return None
    names = ("drill", "proven_at", "achieved_rto_seconds", "achieved_rpo_seconds")
    found = members(value, where, names)
    rpo = found["achieved_rpo_seconds"]
    return Proof(
        text(found["drill"], f"{where}.drill"),
        instant(found["proven_at"], f"{where}.proven_at"),
        span(found["achieved_rto_seconds"], f"{where}.achieved_rto_seconds"),
        None if rpo is None else span(rpo, f"{where}.achieved_rpo_seconds"),
    )
