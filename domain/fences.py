"""Leases that were taken from their holders: what they sign from then on does not count."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

REMEMBERED = timedelta(days=1)  # no process sleeps through more, with its connection still open


@dataclass(frozen=True)
class Fences:
    """Fenced leases by their nonce, with when each was taken; and what served when all was settled, with the
    former baseline that it could go back to.

    A holder that sleeps through the loss of its lease may wake in mid-call, and a call cannot be fenced: but
    what it sets bears the signature of its lease.
    """

    taken: Mapping[str, datetime] = field(default_factory=dict)
    serving: str = ""
    previous: str = ""

    def fenced(self, nonce: str, now: datetime) -> "Fences":
        """These, and one more; those of long ago are forgotten."""
        young = {known: at for known, at in self.taken.items() if now - at < REMEMBERED}
        return replace(self, taken={**young, nonce: now})

    def settled(self, serving: str, previous: str = "") -> "Fences":
        """These, with that revision being what serves; unchanged where no one revision does."""
        return replace(self, serving=serving, previous=previous) if serving else self

    def to_json(self) -> dict[str, Any]:
        return {
            "taken": {nonce: at.isoformat() for nonce, at in self.taken.items()},
            "serving": self.serving,
            "previous": self.previous,
        }


def fences_from_json(kept: Mapping[str, Any]) -> Fences:
    """What `to_json` made; KeyError or ValueError when it is none."""
    taken = {nonce: datetime.fromisoformat(at) for nonce, at in kept["taken"].items()}
    return Fences(taken, kept["serving"], kept["previous"])
