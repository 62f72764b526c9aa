"""Services and revisions as the API knows them: read, and changed at once. The reconciler does the rest."""

from datetime import timedelta

from sandbox.builds.image import Images
from sandbox.kernel.clock import now, stamp
from sandbox.kernel.errors import RpcError
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.run.names import missing, short
from sandbox.run.operation import Operations
from sandbox.run.revision import fingerprint, made, name_of
from sandbox.run.service import created, patched, shown

WORK = "run.service"
KEPT = timedelta(days=30)  # what Google says a deleted service is kept for; nothing can bring it back


class Services:
    """All services and revisions of a sandbox. Names are full names; changes answer with an operation."""

    def __init__(self, kernel: Kernel, images: Images, operations: Operations) -> None:
        self._kernel = kernel
        self._images = images
        self._operations = operations
        self.documents = kernel.state.collection("service")
        self.revisions = kernel.state.collection("revision")

    def get(self, name: str) -> Document:
        service = self.documents.get(name)
        if service is None:
            raise missing("SERVICE", short(name), self._kernel.settings)
        return service

    def revision(self, name: str) -> Document:
        revision = self.revisions.get(name)
        if revision is None:
            raise missing("REVISION", short(name), self._kernel.settings)
        return revision

    def revisions_of(self, service: str) -> dict[str, Document]:
        """A service's revisions by their short names."""
        return {short(one["name"]): one for one in self.revisions.list(f"{service}/revisions/")}

    def create(self, name: str, body: Document, *, only_check: bool = False) -> Document:
        if self.documents.get(name):
            raise RpcError("ALREADY_EXISTS", f"Resource '{short(name)}' already exists.")
        return self._change(created(name, body, self._kernel.settings), None, only_check=only_check)

    def patch(self, name: str, body: Document, mask: str, *, only_check: bool = False) -> Document:
        old = self.get(name)
        return self._change(patched(old, body, mask, self._kernel.settings), old, only_check=only_check)

    def delete(self, name: str) -> Document:
        deleted = {"deleteTime": stamp(), "expireTime": stamp(now() + KEPT)}
        service = self.get(name) | {"_deleted": True, "reconciling": True, **deleted}
        with self._kernel.state.transaction():
            self.documents.put(name, service)
            operation = self._operations.begin("delete", "Service", shown(service))
            self._kernel.work.start(WORK, {"service": name, "operation": operation["name"]})
        return operation

    def delete_revision(self, name: str) -> Document:
        """Refused while the revision has traffic or a tag, or is the service's newest."""
        revision = self.revision(name)
        service = self.get(name.rpartition("/revisions/")[0])
        served = {target["revision"] for target in service.get("_served", [])}
        if short(name) in served or service["latestCreatedRevision"] == name:
            raise RpcError(
                "FAILED_PRECONDITION",
                f'Revision "{short(name)}" cannot be directly deleted because it is actively serving.',
            )
        with self._kernel.state.transaction():
            self.revisions.delete(name)
            deleted = shown(revision | {"deleteTime": stamp()})
            operation = self._operations.begin("delete", "Revision", deleted)
            self._operations.succeed(operation["name"], deleted)
        return self._operations.get(operation["name"])

    def _change(self, service: Document, old: Document | None, *, only_check: bool) -> Document:
        """Write down the service, its new revision if it gets one, and the work that is to follow.

        The answer shows the newest revisions as they were.
        """
        answer = shown(service)
        revision = self._new_revision(service, old)
        if only_check:
            return self._operations.unnamed("Service", answer)
        with self._kernel.state.transaction():
            operation = self._operations.begin("update" if old else "create", "Service", answer)
            argument = {"service": service["name"], "operation": operation["name"]}
            if revision:
                service["latestCreatedRevision"] = argument["revision"] = revision["name"]
                service["_pending"] = [*service.get("_pending", []), revision["name"]]
                self.revisions.put(revision["name"], revision)
            self.documents.put(service["name"], service)
            self._kernel.work.start(WORK, argument)
        return operation

    def _new_revision(self, service: Document, old: Document | None) -> Document | None:
        """The revision that this change makes; None where the template asks for one that exists."""
        template = service["template"]
        same = old is not None and fingerprint(template) == fingerprint(old["template"])
        if old and same and template.get("revision", "") in {"", old["template"].get("revision", "")}:
            return None
        service["_ordinal"] = service.get("_ordinal", 0) + 1
        name = name_of(service, service["_ordinal"])
        known = self.revisions.get(f"{service['name']}/revisions/{name}")
        if known is None:
            return made(service, name, self._pinned(template["containers"][0]["image"]))
        if known["_fingerprint"] == fingerprint(template):
            return None
        raise RpcError(
            "ALREADY_EXISTS", f"Revision named '{name}' with different configuration already exists."
        )

    def _pinned(self, reference: str) -> str:
        """The image by its digest, where the registry knows it: a revision is immutable, a tag is not."""
        found = self._images.find(reference)
        if "@" in reference or not found:
            return reference
        repository = reference.rpartition(":")[0] if ":" in short(reference) else reference
        return f"{repository}@sha256:{found.digest}"
