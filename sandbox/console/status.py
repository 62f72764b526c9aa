"""In what state something is: a word, a tone that the page gives a colour, and why."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.kernel.state import Document


class Tone(StrEnum):
    GOOD = "good"
    BAD = "bad"
    BUSY = "busy"
    OFF = "off"  # nothing is wrong, nothing runs


@dataclass(frozen=True)
class Status:
    """`since` is an instant as the API writes it; the reason is empty where there is nothing to say."""

    word: str
    tone: Tone
    reason: str = ""
    since: str = ""


TONES = {
    "CONDITION_SUCCEEDED": ("ready", Tone.GOOD),
    "CONDITION_FAILED": ("failed", Tone.BAD),
    "CONDITION_PENDING": ("pending", Tone.BUSY),
    "CONDITION_RECONCILING": ("reconciling", Tone.BUSY),
}


def of_condition(condition: Document) -> Status:
    """A Ready condition of Cloud Run's. That it succeeded needs no reason, unless it is retired."""
    word, tone = TONES[condition["state"]]
    since = condition.get("lastTransitionTime", "")
    if tone is Tone.GOOD:
        retired = condition.get("revisionReason") == "RETIRED"
        return Status("retired", Tone.OFF, since=since) if retired else Status(word, tone, since=since)
    parts = (condition.get("revisionReason", ""), condition.get("message", ""))
    return Status(word, tone, ": ".join(part for part in parts if part), since)
