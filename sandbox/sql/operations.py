"""Operations: what is, or was, being done to an instance. One at a time each."""

import uuid
from collections.abc import Iterator
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
    """Operations on disk, those that are over among them."""

    def __init__(self, state: State) -> None:
        self._kept = state.collection("sql_operation")
        self._busy = {one["instance"] for one in self._kept.list() if one["body"]["status"] != "DONE"}

    def check_free(self, instance: str) -> None:
        """Refuse with operationInProgress while another operation is under way on that instance."""
        if instance in self._busy:
            raise errors.in_progress()

    def begin(self, kind: str, instance: str, **memo: Any) -> Document:
        """A pending operation, which holds the instance until it is over; a memo for who carries it out."""
        self.check_free(instance)
        operation = _new(kind, instance) | memo
        self._kept.put(operation["name"], operation)
        self._busy.add(instance)
        return operation

    def run(self, operation: Document) -> None:
        operation["body"] |= {"status": "RUNNING", "startTime": stamp_ms()}
        self._kept.put(operation["name"], operation)

    def end(self, operation: Document, *, failed: bool = False) -> None:
        operation["body"] |= {"status": "DONE", "endTime": stamp_ms()}
        if failed:
            operation["body"]["error"] = FAILURE
        self._kept.put(operation["name"], operation)
        self._busy.discard(operation["instance"])

    @contextmanager
    def at_once(self, kind: str, instance: str) -> Iterator[Document]:
        """An operation that is over when its answer goes out: those on users and databases.

        Nothing is written down of one that is refused. The real API is shown to answer DONE for a user and
        PENDING for a database (https://docs.cloud.google.com/sql/docs/postgres/create-manage-users and
        -databases); here both are DONE.
        """
        self.check_free(instance)
        self._busy.add(instance)
        operation = _new(kind, instance)
        operation["body"]["startTime"] = stamp_ms()
        try:
            yield operation
            self.end(operation)
        finally:
            self._busy.discard(instance)

    def get(self, name: str) -> Document:
        operation = self._kept.get(name)
        if not operation:
            raise errors.no_operation()
        return operation

    def list(self, instance: str | None) -> list[Document]:
        """Newest first; of one instance, or of all."""
        found = [one for one in self._kept.list() if instance in {None, one["instance"]}]
        return sorted(found, key=lambda one: str(one["begun"]), reverse=True)


def _new(kind: str, instance: str) -> Document:
    body = {"operationType": kind, "status": "PENDING", "insertTime": stamp_ms(), "user": USER}
    return {"name": str(uuid.uuid4()), "instance": instance, "begun": stamp(), "body": body}


def resource(operation: Document, project: str, link: str) -> Document:
    """As the API tells it: without endTime and error until it is over, without startTime while pending."""
    resource = {
        "kind": "sql#operation",
        "name": operation["name"],
        "selfLink": f"{link}/operations/{operation['name']}",
        "targetId": operation["instance"],
        "targetLink": f"{link}/instances/{operation['instance']}",
        "targetProject": project,
        **operation["body"],
    }
    if "backup_id" in operation:
        resource["backupContext"] = {"kind": "sql#backupContext", "backupId": operation["backup_id"]}
    return resource
