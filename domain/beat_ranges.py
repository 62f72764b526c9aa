"""Beats as ranges: an hour of a lost heartbeat is one line, not 3,600."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain import wording
from domain.loss import Beat

SHOWN = 8  # ranges, of many


@dataclass(frozen=True)
class BeatRange:
    """Beats of one epoch, each following the other, both ends included."""

    epoch: int
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a range of beats ends ({self.last}) before it begins ({self.first})")

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[Beat]:
        return (Beat(self.epoch, sequence) for sequence in range(self.first, self.last + 1))

    def __str__(self) -> str:
        return f"{self.first}" if len(self) == 1 else f"{self.first} to {self.last}"


def ranges(beats: Iterable[Beat]) -> list[BeatRange]:
    """All of them, in order, each once."""
    found: list[BeatRange] = []
    for epoch, sequence in sorted({(beat.epoch, beat.sequence) for beat in beats}):
        if found and found[-1].epoch == epoch and found[-1].last == sequence - 1:
            found[-1] = BeatRange(epoch, found[-1].first, sequence)
        else:
            found.append(BeatRange(epoch, sequence, sequence))
    return found


def told(beats: Sequence[Beat], shown: int = SHOWN) -> str:
    """32 beats (epoch 1763885000: 40 to 61, 70, 80 to 88), of so many ranges at most."""
    if not beats:
        return "none"
    found = ranges(beats)
    texts = []
    for place, each in enumerate(found[:shown]):
        epoch = "" if place and found[place - 1].epoch == each.epoch else f"epoch {each.epoch}: "
        texts.append(f"{epoch}{each}")
    if len(found) > shown:
        texts.append(f"and {wording.counted(len(found) - shown, 'more range')}")
    return f"{wording.counted(sum(map(len, found)), 'beat')} ({', '.join(texts)})"
