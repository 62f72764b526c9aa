"""Keeps services true to what was asked: new revisions started, traffic routed, conditions told.

A revision that is slow to start holds up nobody: other operations route traffic in the meantime.
"""

import asyncio
import logging
import time
from collections import defaultdict

from sandbox.kernel.errors import RPC_CODES
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.run import conditions
from sandbox.run.instance import StartFailed
from sandbox.run.instances import Instances
from sandbox.run.launch import SecretMissing, Secrets, check_secrets, secret_name
from sandbox.run.names import short
from sandbox.run.operation import Operations
from sandbox.run.revision import failure_text
from sandbox.run.service import shown
from sandbox.run.services import WORK, Services
from sandbox.run.switchboard import Switchboard
from sandbox.run.traffic import Served, resolve, statuses

logger = logging.getLogger("sandbox")

ROLLOUT = "DEPLOYMENT_ROLLOUT - Instance started due to traffic shifting between revisions."


class Reconciler:
    """Finishes what `Services` wrote down."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        services: Services,
        operations: Operations,
        instances: Instances,
        switchboard: Switchboard,
        secrets: Secrets,
    ) -> None:
        self._kernel = kernel
        self._services = services
        self._operations = operations
        self._instances = instances
        self._switchboard = switchboard
        self._secrets = secrets
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        kernel.work.handle(WORK, self._run, operations.give_up)

    async def _run(self, argument: Document) -> None:
        """One operation, from where it stands to its end: first the new revision, then the traffic."""
        name, operation = argument["service"], argument["operation"]
        failure = await self._prove(argument["revision"]) if "revision" in argument else ""
        async with self._turn[name]:
            service = self._services.documents.get(name)
            if service is None:
                return
            if service.get("_deleted"):
                await self._remove(service)
                self._operations.succeed(operation, shown(service))
                return
            if "revision" in argument:
                _proved(service, argument["revision"], failure)
                self._services.documents.put(name, service)
            service, routes = await self._route(service)
        wrong = failure or routes or service.get("_failure", "")
        if wrong:
            error = {"code": RPC_CODES["FAILED_PRECONDITION"], "message": wrong}
            self._operations.fail(operation, shown(service), error)
        else:
            self._operations.succeed(operation, shown(service))

    async def _prove(self, name: str) -> str:
        """Start a new revision's first instance; why it did not come up, or the empty text."""
        revision = self._services.revision(name)
        if not revision.get("reconciling"):
            found = conditions.ready(revision)
            return found.get("message", "") if found["state"] == conditions.FAILED else ""
        began = time.monotonic()
        failure = ""
        try:
            check_secrets(revision["containers"][0], self._secrets)
            await self._instances.ensure(revision, ROLLOUT)
        except SecretMissing as problem:
            failure = self._secret_text(revision, problem)
        except StartFailed as problem:
            failure = str(problem) or failure_text(revision)
        del revision["reconciling"]
        revision["conditions"] = conditions.of_revision(
            failure=failure, seconds=time.monotonic() - began, routed=False
        )
        self._services.revisions.put(name, revision)
        return failure

    def _secret_text(self, revision: Document, problem: SecretMissing) -> str:
        secret = secret_name(problem.reference, self._kernel.settings)
        if "not found" in problem.why:
            return f"Secret {secret} was not found"
        names = [variable["name"] for variable in revision["containers"][0]["env"]]
        place = f"spec.template.spec.containers[0].env[{names.index(problem.variable)}]"
        return f"{place}.value_from.secret_key_ref.name: {problem.why}"

    async def _route(self, service: Document) -> tuple[Document, str]:
        """Put the traffic asked for in force; else say why not, and leave in force what was.

        The service as it is then: what else was asked of it meanwhile is in it, and not done yet.
        """
        name = service["name"]
        revisions = self._services.revisions_of(name)
        served, wrong = resolve(service, revisions)
        if served is not None:
            for target in {target["revision"] for target in served if target["percent"]}:
                await self._start(revisions[target])
            self._keep(name, self._served(service, served))
        await self._switchboard.push()
        now = self._services.documents.get(name) or service
        if "uri" in now:
            now = self._switchboard.addressed(now)
        pending = bool(now.get("_pending"))
        now |= conditions.of_service(
            now, configuration=now.get("_failure", ""), routes=wrong, pending=pending
        )
        if not pending and now["generation"] == service["generation"]:  # and not before it is in force
            now.pop("reconciling", None)
            now["observedGeneration"] = now["generation"]
        self._services.documents.put(name, now)
        self._note_traffic(now, revisions)
        self._switchboard.retire(set(revisions))
        return now, wrong

    def _served(self, service: Document, served: list[Served]) -> Document:
        """What the service shows of the traffic in force."""
        uri = self._switchboard.address(service["name"], "")
        found: Document = {
            "_served": served,
            "uri": uri,
            "urls": [uri],
            "trafficStatuses": statuses(service, lambda tag: self._switchboard.address(service["name"], tag)),
        }
        newest = service["latestCreatedRevision"]
        if any(target["revision"] == short(newest) and target["percent"] for target in served):
            found["latestReadyRevision"] = newest
        return found

    def _keep(self, name: str, found: Document) -> None:
        """Lay it over the service as it is now, which may have been changed meanwhile."""
        service = self._services.documents.get(name)
        if service:
            self._services.documents.put(name, service | found)

    async def _start(self, revision: Document) -> None:
        """An instance ahead of its first request; where it does not start, each request tries again."""
        try:
            await self._instances.ensure(revision, ROLLOUT)
        except (StartFailed, SecretMissing) as problem:
            logger.warning(f"{short(revision['name'])}: has traffic, and no instance starts: {problem}")

    def _note_traffic(self, service: Document, revisions: dict[str, Document]) -> None:
        """Revisions are RETIRED without traffic."""
        routed = {target["revision"] for target in service.get("_served", []) if target["percent"]}
        for name, revision in revisions.items():
            ready = conditions.ready(revision)
            if ready["state"] == conditions.SUCCEEDED and ("revisionReason" in ready) == (name in routed):
                fresh = conditions.of_revision(failure="", seconds=0, routed=name in routed)
                fresh[0]["message"] = ready["message"]
                revision["conditions"] = conditions.carried(fresh, revision["conditions"])
                self._services.revisions.put(revision["name"], revision)

    async def _remove(self, service: Document) -> None:
        name = service["name"]
        revisions = self._services.revisions_of(name)
        self._services.documents.delete(name)
        await self._switchboard.push()
        for short_name, revision in revisions.items():
            await self._instances.stop(short_name)
            self._services.revisions.delete(revision["name"])
        self._switchboard.forget(service)


def _proved(service: Document, revision: str, failure: str) -> None:
    """What a revision's start means for its service. Without traffic it does not become the latest ready."""
    service["_pending"] = [name for name in service.get("_pending", []) if name != revision]
    if service["latestCreatedRevision"] == revision:
        service["_failure"] = failure
    if not failure:
        latest = any(not target.get("revision") for target in service["traffic"])
        if latest or not service.get("latestReadyRevision"):
            service["latestReadyRevision"] = revision
