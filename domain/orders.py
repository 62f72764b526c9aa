"""What an operator tells a deploy under way: promote, abort, hold, resume."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    """What a deploy can be told while its canary is on trial."""

    PROMOTE = "promote"  # no more steps: all traffic, and the smoke checks there
    ABORT = "abort"  # everybody back on the baseline
    HOLD = "hold"  # stay on this step, however long; harm still takes it back
    RESUME = "resume"  # go on with the step


@dataclass(frozen=True)
class Order:
    """A verb, who said it, and the lease of the deploy it is for: no other obeys."""

    verb: Verb
    who: str
    at: datetime
    lease: str

    def __str__(self) -> str:
        done = {Verb.PROMOTE: "promoted", Verb.ABORT: "aborted", Verb.HOLD: "held", Verb.RESUME: "resumed"}
        return f"{done[self.verb]} by {self.who}"

    def to_json(self) -> dict[str, Any]:
        return {"verb": str(self.verb), "who": self.who, "at": self.at.isoformat(), "lease": self.lease}


def order_from_json(kept: Mapping[str, Any]) -> Order:
    """What `to_json` made; KeyError or ValueError when it is none."""
    return Order(Verb(kept["verb"]), kept["who"], datetime.fromisoformat(kept["at"]), kept["lease"])


class Aborted(Exception):
    """An operator said so."""

    def __init__(self, order: Order) -> None:
        super().__init__(str(order))
