"""What a recovery lost, by the ledger of acknowledged beats: numbers, or why there are none."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Beat:
    """One beat: a sequence within an epoch, which is a life of the heartbeat's process."""

    epoch: int
    sequence: int


@dataclass(frozen=True)
class Loss:
    """Of one store. `achieved_rpo` is the time from the last beat up to which every acknowledged one is
    there, to the loss; it is right to one interval of the heartbeat."""

    achieved_rpo: timedelta
    last: Beat | None  # up to it, all that was acknowledged is there; None: not even the first
    last_at: datetime | None  # when that one was acknowledged
    lost: tuple[Beat, ...]  # acknowledged, and not there
    phantom: tuple[Beat, ...]  # there, and never acknowledged: commits whose answer was lost; no loss


@dataclass(frozen=True)
class Unmeasurable:
    """It cannot be told, and why; never 0."""

    why: str
