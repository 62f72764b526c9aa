"""An execution of a job on the page."""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.console.status import Status, Tone
from sandbox.kernel.state import Document
from sandbox.run import conditions
from sandbox.run.names import short

SHOWN = 8


@dataclass(frozen=True)
class Execution:
    """`tasks` is how many there are, `succeeded` how many of them ended well."""

    name: str
    begun: str
    tasks: int
    succeeded: int
    status: Status


def executions(documents: Iterable[Document]) -> list[Execution]:
    """The newest, newest first."""
    newest = sorted(documents, key=lambda one: str(one["createTime"]), reverse=True)
    return [
        Execution(
            name=short(one["name"]),
            begun=one["createTime"],
            tasks=one["taskCount"],
            succeeded=one.get("succeededCount", 0),
            status=_status(one["conditions"][0]),
        )
        for one in newest[:SHOWN]
    ]


def _status(completed: Document) -> Status:
    if completed["state"] == conditions.SUCCEEDED:
        return Status("succeeded", Tone.GOOD)
    if completed["state"] == conditions.PENDING:
        return Status("running", Tone.BUSY)
    cancelled = completed.get("executionReason") == "CANCELLED"
    return Status("cancelled" if cancelled else "failed", Tone.BAD, completed["message"])
