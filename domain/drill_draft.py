"""The draft of a drill: what it makes and how far it is, noted before anything is made, so that whatever
becomes of its process somebody can remove all of it and say what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class DrillDraft:
    """What is known of a drill that has no report yet, or whose target is kept."""

    id: str
    kind: str  # restore drill, DR drill
    environment: str
    service: str
    who: str
    began_at: datetime  # by the storage server's clock, as all instants here
    length: timedelta  # how long what it made is left alone after it died
    target: str  # the name of its instance and service; names of all else begin with it
    set_id: str = ""
    defect: str = ""  # asked for, to be planted; empty: none
    run_url: str = ""
    cluster: str = ""  # the secret with the isolated cluster's address, where its mark is; empty: it has none
    kept_until: datetime | None = None  # somebody looks into a failure until then
    ended: bool = False  # it came to its end, and told it; what it made is kept, or is left
    step: str = ""  # under way
    channel: str = ""  # where its message stands in Slack; empty while that is not known
    ts: str = ""
    removed: tuple[str, ...] = ()  # by whoever cleaned up after it

    def __post_init__(self) -> None:
        for name, at in (("began_at", self.began_at), ("kept_until", self.kept_until)):
            if at is not None and at.utcoffset() is None:
                raise ValueError(f"{self.id}: {name} ({at}) has no time zone")

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "environment": self.environment,
            "service": self.service,
            "who": self.who,
            "began_at": self.began_at.isoformat(),
            "length": self.length.total_seconds(),
            "target": self.target,
            "set_id": self.set_id,
            "defect": self.defect,
            "run_url": self.run_url,
            "cluster": self.cluster,
            "kept_until": self.kept_until.isoformat() if self.kept_until else None,
            "ended": self.ended,
            "step": self.step,
            "channel": self.channel,
            "ts": self.ts,
            "removed": list(self.removed),
        }


def drill_draft_from_json(kept: Mapping[str, Any]) -> DrillDraft:
    """The draft that `to_json` made. KeyError, TypeError or ValueError when it is none."""
    until = kept["kept_until"]
    return DrillDraft(
        id=kept["id"],
        kind=kept["kind"],
        environment=kept["environment"],
        service=kept["service"],
        who=kept["who"],
        began_at=datetime.fromisoformat(kept["began_at"]),
        length=timedelta(seconds=kept["length"]),
        target=kept["target"],
        set_id=kept["set_id"],
        defect=kept.get("defect", ""),  # drafts of before had none
        run_url=kept["run_url"],
        cluster=kept["cluster"],
        kept_until=datetime.fromisoformat(until) if until else None,
        ended=bool(kept["ended"]),
        step=kept["step"],
        channel=kept["channel"],
        ts=kept["ts"],
        removed=tuple(kept["removed"]),
    )


def ended_without_a_word(draft: DrillDraft) -> str:
    """How the drill of such a draft ended, in a sentence."""
    at = f" at step '{draft.step}'" if draft.step else ""
    return f"the drill's process ended without a word{at}"
