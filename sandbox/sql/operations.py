"""Operations: what is, or was, being done to an instance. One at a time each."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sandbox.kernel.clock import stamp, stamp_ms
from sandbox.kernel.state import Document, State
from sandbox.sql import errors

USER = "engineer@example.com"
# A failure as seen on the wire: hashicorp/terraform-provider-google#12912. It may have no message, so clients
# must do without; why it failed is in the sandbox's own output.
FAILURE = {"kind": "sql#operationErrors", "errors": [{"kind": "sql#operationError", "code": "UNKNOWN"}]}


class Operations:
    """Operations on disk, those that are over among them.

    One holds its instance, and may hold others: a clone its source, what is done to a replica its primary.
    Those others stay locked for `linger` seconds after it is DONE, as seen of the real API
    (https://github.com/GoogleCloudPlatform/gcp-service-broker/issues/472).
    """

    def __init__(self, state: State, linger: float = 0.0) -> None:
        self._kept = state.collection("sql_operation")
        self._linger = linger
        self._busy = Counter(
            name for one in self._kept.list() if one["body"]["status"] != "DONE" for name in _held(one)
        )

    def check_free(self, instance: str) -> None:
        """Refuse with operationInProgress while another operation is under way on that instance."""
        if self._busy[instance]:
            raise errors.in_progress()

    def is_free(self, instance: str) -> bool:
        return not self._busy[instance]

    def begin(self, kind: str, instance: str, *, holds: Sequence[str] | None = None, **memo: Any) -> Document:
        """A pending operation, which holds the instance until it is over; a memo for who carries it out.

        `holds` names all that it holds, where that is not its instance alone. A memo `target` is what the
        operation tells as its target, where that is not its instance.
        """
        operation = _new(kind, instance) | {"holds": list((instance,) if holds is None else holds)} | memo
        for name in operation["holds"]:
            self.check_free(name)
        self._kept.put(operation["name"], operation)
        self._busy.update(operation["holds"])
        return operation

    def run(self, operation: Document) -> None:
        operation["body"] |= {"status": "RUNNING", "startTime": stamp_ms()}
        self._kept.put(operation["name"], operation)

    def end(self, operation: Document, *, failed: bool = False) -> None:
        operation["body"] |= {"status": "DONE", "endTime": stamp_ms()}
        if failed:
            operation["body"]["error"] = FAILURE
        self._kept.put(operation["name"], operation)
        for name in _held(operation):
            if name == operation["instance"]:
                self._busy[name] -= 1
            else:
                asyncio.get_running_loop().call_later(self._linger, self._release, name)

    @contextmanager
    def at_once(self, kind: str, instance: str) -> Iterator[Document]:
        """An operation that is over when its answer goes out: those on users and databases.

        Nothing is written down of one that is refused. The real API is shown to answer DONE for a user and
        PENDING for a database (https://docs.cloud.google.com/sql/docs/postgres/create-manage-users and
        -databases); here both are DONE.
        """
        self.check_free(instance)
        self._busy[instance] += 1
        operation = _new(kind, instance) | {"holds": []}
        operation["body"]["startTime"] = stamp_ms()
        try:
            yield operation
            self.end(operation)
        finally:
            self._busy[instance] -= 1

    def get(self, name: str) -> Document:
        operation = self._kept.get(name)
        if not operation:
            raise errors.no_operation()
        return operation

    def list(self, instance: str | None) -> list[Document]:
        """Newest first; of one instance, or of all."""
        found = [one for one in self._kept.list() if instance in {None, _target(one)}]
        return sorted(found, key=lambda one: str(one["begun"]), reverse=True)

    def _release(self, name: str) -> None:
        self._busy[name] -= 1


def _new(kind: str, instance: str) -> Document:
    body = {"operationType": kind, "status": "PENDING", "insertTime": stamp_ms(), "user": USER}
    return {"name": str(uuid.uuid4()), "instance": instance, "begun": stamp(), "body": body}


def _held(operation: Document) -> list[str]:
    return list(operation.get("holds", [operation["instance"]]))


def _target(operation: Document) -> str:
    return str(operation.get("target", operation["instance"]))


def resource(operation: Document, project: str, link: str) -> Document:
    """As the API tells it: without endTime and error until it is over, without startTime while pending."""
    resource = {
        "kind": "sql#operation",
        "name": operation["name"],
        "selfLink": f"{link}/operations/{operation['name']}",
        "targetId": _target(operation),
        "targetLink": f"{link}/instances/{_target(operation)}",
        "targetProject": project,
        **operation["body"],
    }
    for context in ("exportContext", "importContext"):
        if found := operation.get(context.replace("Context", "_context")):
            resource[context] = {"kind": f"sql#{context}", **found}
    if "backup_id" in operation:
        resource["backupContext"] = {
            "kind": "sql#backupContext",
            "backupId": operation["backup_id"],
            "name": f"projects/{project}/backups/{operation['backup']}",
        }
    return resource
