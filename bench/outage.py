"""An outage as one user's own writes see it: how long none was taken, and which of those taken are gone.

It owes nothing to Muster's meter, which it stands beside.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx

from examples.demo.processes import NotReady

BODY = {"title": "a write", "body": "of the bench's own"}
PAUSE = 0.05  # seconds between two writes
TIMEOUT = 2.0
LONGEST = 60.0  # seconds for one to be acknowledged, and for all of them to be read again


@dataclass(frozen=True)
class Write:
    """One that was acknowledged, when, and the document that it made."""

    at: datetime
    document: str


@dataclass
class Writer:
    """Writes on and on, and notes what was acknowledged."""

    address: str
    acknowledged: list[Write] = field(default_factory=list)

    def heard(self, since: datetime) -> None:
        """Wait until a write is acknowledged that came after. NotReady when none is."""
        end = time.monotonic() + LONGEST
        while not any(each.at > since for each in self.acknowledged):
            if time.monotonic() > end:
                raise NotReady(f"{self.address} takes no write within {LONGEST:g} s")
            time.sleep(PAUSE)

    def lost(self, until: datetime) -> list[Write]:
        """Those acknowledged before that instant which nobody finds any more."""
        with httpx.Client(base_url=self.address, timeout=LONGEST) as client:
            return [
                each
                for each in self.acknowledged
                if each.at < until and client.get(f"/documents/{each.document}").status_code == 404
            ]


@contextmanager
def writing(address: str) -> Iterator[Writer]:
    """Inside, somebody writes through the service."""
    writer, over = Writer(address), threading.Event()

    def write() -> None:
        with httpx.Client(base_url=address, timeout=TIMEOUT) as client:
            while not over.wait(PAUSE):
                try:
                    answer = client.post("/documents", json=BODY)
                except httpx.HTTPError:
                    continue
                if answer.status_code == 201:
                    writer.acknowledged.append(Write(datetime.now(UTC), answer.json()["id"]))

    thread = threading.Thread(target=write, name="writer", daemon=True)
    thread.start()
    try:
        yield writer
    finally:
        over.set()
        thread.join(TIMEOUT + 1)


def outage(acknowledged: Sequence[Write], lost_at: datetime) -> float:
    """Seconds without a write acknowledged: of the pause in which the loss came, or of the one just after it,
    as one answer may still have been on its way; ValueError where there was no write before, or none after:
    it is not over."""
    begins_by = lost_at + timedelta(seconds=TIMEOUT)
    pauses = [
        (after.at - before.at).total_seconds()
        for before, after in pairwise(acknowledged)
        if after.at > lost_at and before.at <= begins_by
    ]
    if not pauses or acknowledged[0].at > lost_at:
        raise ValueError("no write was acknowledged on both sides of the loss")
    return max(pauses)


def reach(acknowledged: Sequence[Write], lost: Sequence[Write], lost_at: datetime) -> float:
    """Seconds before the loss up to which every acknowledged write is there."""
    first = min((each.at for each in lost), default=None)
    kept = [each.at for each in acknowledged if each.at <= lost_at and (first is None or each.at < first)]
    if not kept:
        raise ValueError("none of the writes before the loss is there")
    return (lost_at - max(kept)).total_seconds()
