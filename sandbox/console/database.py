"""A Cloud SQL instance on the page. Its passwords are not."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.console.status import Status, Tone
from sandbox.kernel.state import Document
from sandbox.sql.instance import stopped

TONES = {"RUNNABLE": Tone.GOOD, "FAILED": Tone.BAD}


@dataclass(frozen=True)
class Database:
    name: str
    address: str
    tier: str
    since: str
    status: Status


def databases(records: Iterable[Document]) -> list[Database]:
    return [
        Database(
            name=record["name"],
            address=record["address"],
            tier=record["settings"]["tier"],
            since=record["created"],
            status=_status(record),
        )
        for record in records
    ]


def _status(record: Document) -> Status:
    """One that somebody switched off is RUNNABLE all the same."""
    state = record["state"]
    if state == "RUNNABLE" and stopped(record):
        return Status("switched off", Tone.OFF)
    return Status(state.lower().replace("_", " "), TONES.get(state, Tone.BUSY))
