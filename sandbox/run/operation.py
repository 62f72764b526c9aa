"""Cloud Run's long-running operations. A running one has no `done` at all."""

import uuid

from sandbox.kernel.errors import RPC_CODES, RpcError
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document, State

TYPE = "type.googleapis.com/google.cloud.run.v2."


class Operations:
    """All operations of a sandbox's Cloud Run, by name."""

    def __init__(self, state: State, settings: Settings) -> None:
        self._kept = state.collection("run-operation")
        self._parent = settings.parent

    def begin(self, kind: str, resource: Document) -> Document:
        name = f"{self._parent}/operations/{uuid.uuid4()}"
        operation = {"name": name, "metadata": {"@type": TYPE + kind, **resource}}
        self._kept.put(name, operation)
        return operation

    def unnamed(self, kind: str, resource: Document) -> Document:
        """The answer to a request that was only to be checked."""
        packed = {"@type": TYPE + kind, **resource}
        return {"done": True, "metadata": packed, "response": packed}

    def get(self, name: str) -> Document:
        operation = self._kept.get(name)
        if operation is None:
            raise RpcError("NOT_FOUND", f"Operation '{name}' not found.")
        return operation

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

    def _end(self, name: str, resource: Document, outcome: str, value: Document | None) -> None:
        operation = self.get(name)
        packed = {"@type": operation["metadata"]["@type"], **resource}
        operation |= {"metadata": packed, "done": True, outcome: value if value is not None else packed}
        self._kept.put(name, operation)
