"""How far a recovery has come, kept outside of what it recovers: a killed one, run again, goes on by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.recovery_wish import Way


@dataclass(frozen=True)
class RecoveryRecord:
    """One recovery so far. Instants are None until what they name was seen; no secret is in it."""

    id: str
    way: Way
    old: str  # the instance that the environment's file names
    new: str  # the one that the service is bound to in the end
    begun_at: datetime
    set_id: str = ""
    to_at: datetime | None = None  # the instant that is restored
    loss_at: datetime | None = None  # from then on nothing was acknowledged any more
    good_at: datetime | None = None  # T0: the last good answer that was seen before the loss
    detected_at: datetime | None = None
    fenced_at: datetime | None = None
    restored_at: datetime | None = None  # promoted or restored: `new` takes writes
    secrets: Mapping[str, str] = field(
        default_factory=dict
    )  # re-pointed ones: the number of their new version
    revision: str = ""  # the one that is bound to `new`
    repointed_at: datetime | None = None  # it has all traffic
    served_at: datetime | None = None  # T7
    ended_at: datetime | None = None

    @property
    def open(self) -> bool:
        """It has begun and not ended."""
        return self.ended_at is None

    @property
    def irrevocable(self) -> bool:
        """There is another writable database by now: the only way is on."""
        return self.restored_at is not None

    def with_(self, **changed: Any) -> "RecoveryRecord":
        """The same, and a step further."""
        return replace(self, **changed)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "way": str(self.way),
            "old": self.old,
            "new": self.new,
            "set_id": self.set_id,
            "revision": self.revision,
            "secrets": dict(self.secrets),
            **{name: _text(getattr(self, name)) for name in INSTANTS},
        }


INSTANTS = (
    "begun_at", "to_at", "loss_at", "good_at", "detected_at", "fenced_at", "restored_at", "repointed_at",
    "served_at", "ended_at",
)  # fmt: skip


def record_from_json(kept: Mapping[str, Any]) -> RecoveryRecord:
    """What `to_json` made; KeyError or ValueError when it is none."""
    begun_at = datetime.fromisoformat(kept["begun_at"])
    instants = {name: _instant(kept[name]) for name in INSTANTS if name != "begun_at"}
    return RecoveryRecord(
        id=kept["id"],
        way=Way(kept["way"]),
        old=kept["old"],
        new=kept["new"],
        begun_at=begun_at,
        set_id=kept["set_id"],
        revision=kept["revision"],
        secrets=dict(kept["secrets"]),
        **instants,
    )


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
