"""Leases that were taken from their holders: what they sign from then on does not count."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

REMEMBERED = timedelta(days=1)  # no process sleeps through more, with its connection still open


@dataclass(frozen=True)
class Fences:
    """Fenced leases by their nonce, with when each was taken; and what served when all was settled, with the
    former baseline that it could go back to, and when that was.

    A holder that sleeps through the loss of its lease may wake in mid-call, and a call cannot be fenced: but
    what it sets bears the signature of its lease.
    """

    taken: Mapping[str, datetime] = field(default_factory=dict)
    serving: str = ""
    previous: str = ""
    settled_at: datetime | None = None

    def overrules(self, nonce: str) -> bool:
        """Whether all was settled after that lease was taken: what it signs is of a holder that slept. Until
        then what bears its name may be what it did while it was good."""
        taken, settled = self.taken.get(nonce), self.settled_at
        return bool(self.serving and taken and settled and taken <= settled)

    def fenced(self, nonce: str, now: datetime) -> "Fences":
        """These, and one more; those of long ago are forgotten."""
        young = {known: at for known, at in self.taken.items() if now - at < REMEMBERED}
        return replace(self, taken={**young, nonce: now})

    def settled(self, serving: str, previous: str, now: datetime) -> "Fences":
        """These, with that revision being what serves; unchanged where no one revision does, or where all of
        it is known already. Whoever says so holds the lease: all others were taken before, whatever `now` is
        by a clock that is known to a second."""
        known = (serving, previous) == (self.serving, self.previous) and all(map(self.overrules, self.taken))
        if not serving or known:
            return self
        return replace(self, serving=serving, previous=previous, settled_at=max([now, *self.taken.values()]))

    def to_json(self) -> dict[str, Any]:
        return {
            "taken": {nonce: at.isoformat() for nonce, at in self.taken.items()},
            "serving": self.serving,
            "previous": self.previous,
            "settled_at": self.settled_at.isoformat() if self.settled_at else None,
        }


def fences_from_json(kept: Mapping[str, Any]) -> Fences:
    """What `to_json` made; KeyError or ValueError when it is none."""
    taken = {nonce: datetime.fromisoformat(at) for nonce, at in kept["taken"].items()}
    settled_at = kept.get("settled_at")  # absent where it was written by an earlier release
    return Fences(
        taken,
        kept["serving"],
        kept["previous"],
        datetime.fromisoformat(settled_at) if settled_at else None,
    )
