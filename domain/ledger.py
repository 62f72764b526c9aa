"""The ledger: the beats that were acknowledged, and when, as small texts in the state bucket.

A segment is a text of its own: who wrote it, then a line a beat, in the order of acknowledgement.

    muster ledger 1 epoch 1763885000 writer 5f1c0ab2
    row 42 1763885042.123
    write 42 1763885042.187

Instants are in seconds since 1970 by the storage server's clock, no later than they can have been.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from domain.loss import Beat

HEAD = re.compile(r"muster ledger 1 epoch (\d+) writer (\S+)")
LINE = re.compile(r"(row|write) (\d+) (\d+\.\d{3})")
LOST = re.compile(r"lost (row|write) (\d+) (\d+)")
WORD = re.compile(r"musterbeat(\d+)x(\d+)")
EPOCH_DIGITS, SEQUENCE_DIGITS = 10, 6  # so that words sort as their beats do


class Through(StrEnum):
    """The way that a beat took."""

    ROW = "row"  # committed in the database
    WRITE = "write"  # answered by the application, which stores and indexes it as users' data


@dataclass(frozen=True)
class Acknowledged:
    """A beat that somebody said to have kept, and when."""

    through: Through
    beat: Beat
    at: datetime


@dataclass(frozen=True)
class Segment:
    """One text of the ledger. Several writers share no epoch, and no segment."""

    epoch: int
    writer: str
    acknowledged: tuple[Acknowledged, ...] = ()

    def to_text(self) -> str:
        lines = [f"muster ledger 1 epoch {self.epoch} writer {self.writer}"]
        lines += [
            f"{each.through} {each.beat.sequence} {each.at.timestamp():.3f}" for each in self.acknowledged
        ]
        return "".join(f"{line}\n" for line in lines)


def parse(text: str) -> Segment:
    """The segment of a text. ValueError, with the line, where it is none: nothing of it is guessed."""
    lines = text.splitlines()
    head = HEAD.fullmatch(lines[0]) if lines and text.endswith("\n") else None
    if head is None:
        raise ValueError(f"it is no segment of a ledger: {text[:80]!r}")
    epoch = int(head[1])
    return Segment(epoch, head[2], tuple(_acknowledged(epoch, line) for line in lines[1:]))


def lost_to_text(lost: Iterable[tuple[Through, Beat]]) -> str:
    """The beats that a recovery lost, as a text: they are no loss of the next one."""
    return "".join(f"lost {through} {beat.epoch} {beat.sequence}\n" for through, beat in lost)


def parse_lost(text: str) -> frozenset[tuple[Through, Beat]]:
    """The beats of such a text. ValueError where it is none."""
    found = [LOST.fullmatch(line) for line in text.splitlines()]
    if None in found:
        raise ValueError(f"it is no list of lost beats: {text[:80]!r}")
    return frozenset((Through(match[1]), Beat(int(match[2]), int(match[3]))) for match in found if match)


def through(acknowledged: Iterable[Acknowledged], way: Through) -> list[Acknowledged]:
    """Those that took that way."""
    return [each for each in acknowledged if each.through is way]


def word(beat: Beat) -> str:
    """One word that names a beat, such as musterbeat1763885000x000042: a search engine keeps it whole."""
    return f"musterbeat{beat.epoch:0{EPOCH_DIGITS}d}x{beat.sequence:0{SEQUENCE_DIGITS}d}"


def beats_in(text: str) -> set[Beat]:
    """The beats whose words a text holds."""
    return {Beat(int(match[1]), int(match[2])) for match in WORD.finditer(text)}


def folder(environment: str) -> str:
    """Where the segments of an environment's ledger lie in the state bucket."""
    return f"ledger/{environment}/beats/"


def lost_folder(environment: str) -> str:
    """Where it is noted what recoveries lost."""
    return f"ledger/{environment}/lost/"


def segment_name(environment: str, epoch: int, number: int) -> str:
    """The name of an epoch's segment; names sort as the beats do."""
    return f"{folder(environment)}{epoch:0{EPOCH_DIGITS}d}/{number:06d}.txt"


def next_epoch(names: Sequence[str], now: datetime) -> int:
    """An epoch above all that these segments' names tell, whatever became of the clock since."""
    known = [int(name.rsplit("/", 2)[-2]) for name in names if name.rsplit("/", 2)[-2].isdecimal()]
    return max(int(now.timestamp()), *(epoch + 1 for epoch in known), 1)


def _acknowledged(epoch: int, line: str) -> Acknowledged:
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"it is no line of a ledger: {line[:80]!r}")
    at = datetime.fromtimestamp(float(match[3]), UTC)
    return Acknowledged(Through(match[1]), Beat(epoch, int(match[2])), at)
