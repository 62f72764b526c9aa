"""Cloud Run's long-running operations. A running one has no `done` at all."""

import uuid
from collections import deque

from sandbox.kernel.clock import stamp
from sandbox.kernel.errors import RPC_CODES, RpcError
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document, State
from sandbox.run.service import shown

TYPE = "type.googleapis.com/google.cloud.run.v2."
LATEST = 30  # how many can be had without a look through all there ever were


class Operations:
    """All operations of a sandbox's Cloud Run, by name."""

    def __init__(self, state: State, settings: Settings) -> None:
        self._kept = state.collection("run-operation")
        self._parent = settings.parent
        begun = sorted(self._kept.list(), key=lambda one: str(one.get("_begun", "")))
        self._latest = deque((one["name"] for one in begun), LATEST)

    def begin(self, verb: str, kind: str, resource: Document) -> Document:
        """Write down that something is being done to a resource; the operation, as answers show it."""
        name = f"{self._parent}/operations/{uuid.uuid4()}"
        operation = {"name": name, "metadata": {"@type": TYPE + kind, **resource}}
        self._kept.put(name, {**operation, "_verb": verb, "_begun": stamp()})
        self._latest.append(name)
        return operation

    def unnamed(self, kind: str, resource: Document) -> Document:
        """The answer to a request that was only to be checked."""
        packed = {"@type": TYPE + kind, **resource}
        return {"done": True, "metadata": packed, "response": packed}

    def get(self, name: str) -> Document:
        return shown(self._get(name))

    def latest(self) -> list[Document]:
        """The newest ones, newest first, with the sandbox's own notes: what is done, and since when."""
        return [self._get(name) for name in reversed(self._latest)]

    def succeed(self, name: str, resource: Document) -> None:
        self._end(name, resource, "response", None)

    def fail(self, name: str, resource: Document, error: Document) -> None:
        self._end(name, resource, "error", error)

    def give_up(self, argument: Document) -> None:
        """The sandbox itself failed at the work behind an operation: end it as Google ends such."""
        operation = self.get(argument["operation"])
        resource = {key: value for key, value in operation["metadata"].items() if key != "@type"}
        error = {"code": RPC_CODES["INTERNAL"], "message": "Internal error encountered."}
        self.fail(argument["operation"], resource, error)

    def _get(self, name: str) -> Document:
        operation = self._kept.get(name)
        if operation is None:
            raise RpcError("NOT_FOUND", f"Operation '{name}' not found.")
        return operation

    def _end(self, name: str, resource: Document, outcome: str, value: Document | None) -> None:
        operation = self._get(name)
        packed = {"@type": operation["metadata"]["@type"], **resource}
        operation |= {"metadata": packed, "done": True, outcome: value if value is not None else packed}
        operation["_ended"] = stamp()
        self._kept.put(name, operation)
