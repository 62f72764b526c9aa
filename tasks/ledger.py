"""Writing and reading the ledger. What is acknowledged is noted at once, and written once a second.

A segment is rewritten whole, over the generation that this process wrote: one that is killed leaves what it
wrote last, and a call that arrives late, or twice, changes nothing. While storage does not answer, segments
wait in memory, and the heartbeat goes on.
"""

import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from clients.environment import Environment
from clients.errors import PreconditionFailed, Rejected
from clients.ledger import list_texts, read, read_with_generation, write_text_over
from clients.objects import delete_object
from domain.ledger import (
    Acknowledged,
    Segment,
    Through,
    folder,
    lost_folder,
    lost_to_text,
    next_epoch,
    parse,
    parse_lost,
    segment_name,
)
from domain.loss import Beat

ROLLED = 300.0  # seconds after which a segment is followed by another: a day has 288
MOST = 1000  # lines of a segment
READERS = 8  # segments read at a time


@dataclass
class _Open:
    """A segment that may not be written whole yet."""

    number: int
    began: float = field(default_factory=time.monotonic)
    lines: list[Acknowledged] = field(default_factory=list)
    written: int = 0  # of its lines
    generation: int = 0


class Ledger:
    """One life of the heartbeat: `note` from any thread, `write` from one."""

    def __init__(self, env: Environment, epoch: int, writer: str, generation: int) -> None:
        self.epoch = epoch
        self._env, self._writer = env, writer
        self._lock = Lock()
        self._open = [_Open(0, generation=generation)]

    def note(self, acknowledged: Acknowledged) -> None:
        with self._lock:
            last = self._open[-1]
            if last.lines and (time.monotonic() - last.began > ROLLED or len(last.lines) >= MOST):
                last = _Open(last.number + 1)
                self._open.append(last)
            last.lines.append(acknowledged)

    def write(self) -> None:
        """Write what is not written yet. Not more than once a second: storage admits that of an object.

        Raises:
            ClientError: some is still unwritten, and waits for the next call.
        """
        with self._lock:
            due = [(each, tuple(each.lines)) for each in self._open if each.written < len(each.lines)]
        for each, lines in due:
            name = segment_name(self._env.name, self.epoch, each.number)
            text = Segment(self.epoch, self._writer, lines).to_text()
            each.generation = _put(self._env, name, text, each.generation, self._writer)
            with self._lock:
                each.written = len(lines)
        with self._lock:
            self._open = [
                each for each in self._open if each is self._open[-1] or each.written < len(each.lines)
            ]


def open_ledger(env: Environment) -> Ledger:
    """Begin an epoch: above all others of the environment, and no other process has it.

    Raises:
        ClientError: storage does not answer: without a ledger a beat says nothing.
    """
    writer = secrets.token_hex(8)
    listing = list_texts(env, folder(env.name))
    epoch = next_epoch([each.name for each in listing.texts], listing.now)
    while True:
        name, text = segment_name(env.name, epoch, 0), Segment(epoch, writer).to_text()
        try:
            return Ledger(env, epoch, writer, _put(env, name, text, 0, writer))
        except _Anothers:
            epoch += 1


def forget_old(env: Environment, keep: timedelta) -> int:
    """Delete what was written last longer ago than that; how many texts. Deleted already is deleted."""
    deleted = 0
    for prefix in (folder(env.name), lost_folder(env.name)):
        listing = list_texts(env, prefix)
        for each in listing.texts:
            if listing.now - each.updated_at > keep:
                delete_object(env, env.state, each.name)
                deleted += 1
    return deleted


def read_ledger(env: Environment, run: str = "") -> list[Acknowledged]:
    """All that was acknowledged within keeping, but for what recoveries are known to have lost. What the
    recovery `run` itself has lost is there: it may be measured once more.

    Raises:
        Rejected: a text of it cannot be read; what it told is not guessed.
    """
    with ThreadPoolExecutor(READERS) as pool:
        segments = pool.map(lambda name: _segment(env, name), _names(env, folder(env.name)))
        others = [name for name in _names(env, lost_folder(env.name)) if name != _name_of_lost(env, run)]
        lost = pool.map(lambda name: _lost(env, name), others)
        gone = frozenset[tuple[Through, Beat]]().union(*lost)
        return [
            each
            for segment in segments
            if segment
            for each in segment.acknowledged
            if (each.through, each.beat) not in gone
        ]


def note_lost(env: Environment, run: str, lost: Iterable[tuple[Through, Beat]]) -> None:
    """Note what a recovery lost, by its id: it is no loss of the next one. Noted already is noted."""
    name, beats = _name_of_lost(env, run), list(lost)
    try:
        write_text_over(env, name, lost_to_text(beats), 0)
    except PreconditionFailed:
        if not set(beats) <= _lost(env, name):
            raise


def _name_of_lost(env: Environment, run: str) -> str:
    return f"{lost_folder(env.name)}{run}.txt"


class _Anothers(Rejected):
    """The epoch is another process's."""


def _put(env: Environment, name: str, text: str, generation: int, writer: str) -> int:
    """Write a segment over that generation; the one it has now. What another call of ours wrote meanwhile,
    whose answer was lost, is written over."""
    try:
        return write_text_over(env, name, text, generation)
    except PreconditionFailed:
        found = read_with_generation(env, name)
    if found is None:  # somebody deleted it
        return write_text_over(env, name, text, 0)
    if _parsed(name, found[0]).writer != writer:
        raise _Anothers(f"{name}: another process writes it", "start the heartbeat anew")
    return found[1] if found[0] == text else write_text_over(env, name, text, found[1])


def _names(env: Environment, prefix: str) -> list[str]:
    return [each.name for each in list_texts(env, prefix).texts]


def _segment(env: Environment, name: str) -> Segment | None:
    text = read(env, name)
    return None if text is None else _parsed(name, text)


def _lost(env: Environment, name: str) -> frozenset[tuple[Through, Beat]]:
    try:
        return parse_lost(read(env, name) or "")
    except ValueError as error:
        raise Rejected(f"{name}: {error}", "look at it, then delete it") from error


def _parsed(name: str, text: str) -> Segment:
    try:
        return parse(text)
    except ValueError as error:
        raise Rejected(f"{name}: {error}", "look at it, then delete it") from error
