"""The draft of a record: what is known of a run while it is under way, and all of one that died."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.record import ReleaseRecord, record_from_json


@dataclass(frozen=True)
class Draft:
    """A record in the making, with what only the run itself knows.

    `step` is the one under way. `channel` and `ts` are where its message stands in Slack, empty when it was
    not heard there. Users met the canary from `met_at` on, on trial until `proven_at`.
    """

    record: ReleaseRecord
    step: str = ""
    channel: str = ""
    ts: str = ""
    met_at: datetime | None = None
    proven_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "record": self.record.to_json(),
            "step": self.step,
            "channel": self.channel,
            "ts": self.ts,
            "met_at": self.met_at.isoformat() if self.met_at else None,
            "proven_at": self.proven_at.isoformat() if self.proven_at else None,
        }


def draft_from_json(kept: Mapping[str, Any]) -> Draft:
    """The draft that `to_json` made. KeyError or ValueError when it is none."""
    return Draft(
        record=record_from_json(kept["record"]),
        step=kept["step"],
        channel=kept["channel"],
        ts=kept["ts"],
        met_at=_instant(kept["met_at"]),
        proven_at=_instant(kept["proven_at"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
