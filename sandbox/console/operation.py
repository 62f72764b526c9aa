"""What was asked of the cloud and takes a while, of all systems: the newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from sandbox.console.revision import short_image
from sandbox.console.status import Status, Tone
from sandbox.kernel.state import Document
from sandbox.run.names import short

SHOWN = 15
BUILDS = {
    "QUEUED": ("queued", Tone.BUSY),
    "WORKING": ("running", Tone.BUSY),
    "SUCCESS": ("done", Tone.GOOD),
    "FAILURE": ("failed", Tone.BAD),
    "INTERNAL_ERROR": ("failed", Tone.BAD),
}
SQL = {"PENDING": ("pending", Tone.BUSY), "RUNNING": ("running", Tone.BUSY), "DONE": ("done", Tone.GOOD)}


@dataclass(frozen=True)
class Operation:
    """`ended` is empty while it is under way."""

    system: str
    what: str
    target: str
    begun: str
    ended: str
    status: Status


def latest(run: Iterable[Document], sql: Iterable[Document], builds: Iterable[Document]) -> list[Operation]:
    """The newest of all of them, as each system keeps its own."""
    found = chain(map(of_run, run), map(of_sql, sql), map(of_build, builds))
    return sorted(found, key=lambda one: one.begun, reverse=True)[:SHOWN]


def of_run(document: Document) -> Operation:
    kind = document["metadata"]["@type"].rpartition(".")[2].lower()
    error = document.get("error")
    if error:
        status = Status("failed", Tone.BAD, error["message"])
    else:
        status = Status("done", Tone.GOOD) if document.get("done") else Status("running", Tone.BUSY)
    return Operation(
        system="Cloud Run",
        what=f"{document.get('_verb', '')} {kind}".strip(),
        target=short(document["metadata"]["name"]),
        begun=document.get("_begun", ""),
        ended=document.get("_ended", ""),
        status=status,
    )


def of_sql(document: Document) -> Operation:
    """An error of Cloud SQL's has a code, and may have no message."""
    body = document["body"]
    codes = ", ".join(error["code"] for error in body.get("error", {}).get("errors", []))
    return Operation(
        system="Cloud SQL",
        what=body["operationType"].lower().replace("_", " "),
        target=document["instance"],
        begun=document["begun"],
        ended=body.get("endTime", ""),
        status=Status("failed", Tone.BAD, codes) if codes else Status(*SQL[body["status"]]),
    )


def of_build(document: Document) -> Operation:
    reason = document.get("failureInfo", {}).get("detail", "")
    return Operation(
        system="Cloud Build",
        what="build",
        target=short_image(document["images"][0]),
        begun=document["createTime"],
        ended=document.get("finishTime", ""),
        status=Status(*BUILDS[document["status"]], reason),
    )
