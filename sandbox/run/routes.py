"""Cloud Run's REST: services, revisions, jobs, executions, operations; and the router's own question."""

from aiohttp import web

from sandbox.kernel.errors import RpcError
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, is_true, json_body, page
from sandbox.run.executions import Executions
from sandbox.run.instance import StartFailed
from sandbox.run.instances import Instances
from sandbox.run.jobs import Jobs
from sandbox.run.launch import SecretMissing
from sandbox.run.names import check_name, parent_of, short
from sandbox.run.operation import Operations
from sandbox.run.service import shown
from sandbox.run.services import Services
from sandbox.run.template import named

PARENT = "/v2/projects/{project}/locations/{location}"
AUTOSCALING = "AUTOSCALING - Instance started due to configured scaling factors or no existing capacity."


class Routes:
    """The handlers. Names in answers carry the project's name, as requests may carry its number."""

    def __init__(
        self,
        settings: Settings,
        *,
        services: Services,
        jobs: Jobs,
        executions: Executions,
        instances: Instances,
        operations: Operations,
    ) -> None:
        self._settings = settings
        self._services = services
        self._jobs = jobs
        self._executions = executions
        self._instances = instances
        self._operations = operations

    def add(self, app: web.Application) -> None:
        router = app.router
        service, job = f"{PARENT}/services/{_name('service')}", f"{PARENT}/jobs/{_name('job')}"
        revision, execution = (
            f"{service}/revisions/{_name('revision')}",
            f"{job}/executions/{_name('execution')}",
        )
        router.add_get(f"{PARENT}/services", self._list_services)
        router.add_post(f"{PARENT}/services", self._create_service)
        router.add_get(service, self._get_service)
        router.add_patch(service, self._patch_service)
        router.add_delete(service, self._delete_service)
        router.add_get(f"{service}/revisions", self._list_revisions)
        router.add_get(revision, self._get_revision)
        router.add_delete(revision, self._delete_revision)
        router.add_get(f"{PARENT}/jobs", self._list_jobs)
        router.add_post(f"{PARENT}/jobs", self._create_job)
        router.add_post(f"{job}:run", self._run_job)
        router.add_get(job, self._get_job)
        router.add_delete(job, self._delete_job)
        router.add_get(f"{job}/executions", self._list_executions)
        router.add_post(f"{execution}:cancel", self._cancel_execution)
        router.add_get(execution, self._get_execution)
        router.add_get(f"{PARENT}/operations/{{operation}}", self._get_operation)
        router.add_post("/sandbox/instances/{revision}", self._start_instance)

    # Services and revisions

    async def _list_services(self, request: web.Request) -> web.Response:
        parent = self._parent(request)
        found = [shown(one) for one in self._services.documents.list(f"{parent}/services/")]
        return _listed(request, "services", found)

    async def _create_service(self, request: web.Request) -> web.Response:
        parent = self._parent(request)
        name = request.query.get("serviceId", "")
        check_name(name, 49, "Service name")
        body = named(await json_body(request))
        checked = is_true(request.query.get("validateOnly"))
        return answer(self._services.create(f"{parent}/services/{name}", body, only_check=checked))

    async def _get_service(self, request: web.Request) -> web.Response:
        return answer(shown(self._services.get(self._name(request, "services"))))

    async def _patch_service(self, request: web.Request) -> web.Response:
        name = self._name(request, "services")
        body = named(await json_body(request))
        checked = is_true(request.query.get("validateOnly"))
        mask = request.query.get("updateMask", "")
        return answer(self._services.patch(name, body, mask, only_check=checked))

    async def _delete_service(self, request: web.Request) -> web.Response:
        return answer(self._services.delete(self._name(request, "services")))

    async def _list_revisions(self, request: web.Request) -> web.Response:
        """Newest first, as the real one lists them."""
        name = self._name(request, "services")
        found = [shown(one) for one in self._services.revisions.list(f"{name}/revisions/")]
        found.sort(key=lambda revision: str(revision["createTime"]), reverse=True)
        return _listed(request, "revisions", found)

    async def _get_revision(self, request: web.Request) -> web.Response:
        return answer(shown(self._services.revision(self._name(request, "services", "revisions"))))

    async def _delete_revision(self, request: web.Request) -> web.Response:
        name = self._name(request, "services", "revisions")
        operation = self._services.delete_revision(name)
        await self._instances.stop(short(name))
        return answer(operation)

    # Jobs and executions

    async def _list_jobs(self, request: web.Request) -> web.Response:
        found = [shown(one) for one in self._jobs.documents.list(f"{self._parent(request)}/jobs/")]
        return _listed(request, "jobs", found)

    async def _create_job(self, request: web.Request) -> web.Response:
        parent = self._parent(request)
        name = request.query.get("jobId", "")
        check_name(name, 63, "Job name")
        return answer(self._jobs.create(f"{parent}/jobs/{name}", named(await json_body(request))))

    async def _get_job(self, request: web.Request) -> web.Response:
        return answer(shown(self._jobs.get(self._name(request, "jobs"))))

    async def _run_job(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        return answer(self._jobs.run(self._name(request, "jobs"), body.get("overrides", {})))

    async def _delete_job(self, request: web.Request) -> web.Response:
        name = self._name(request, "jobs")
        operation = self._jobs.delete(name)
        await self._executions.cancel_all(name)
        return answer(operation)

    async def _list_executions(self, request: web.Request) -> web.Response:
        name = self._name(request, "jobs")
        found = [shown(one) for one in self._jobs.executions.list(f"{name}/executions/")]
        return _listed(request, "executions", found)

    async def _get_execution(self, request: web.Request) -> web.Response:
        return answer(shown(self._jobs.execution(self._name(request, "jobs", "executions"))))

    async def _cancel_execution(self, request: web.Request) -> web.Response:
        name = self._name(request, "jobs", "executions")
        execution = self._jobs.execution(name)
        operation = self._operations.begin("Execution", shown(execution))
        await self._executions.cancel(name)
        self._operations.succeed(operation["name"], shown(self._jobs.execution(name)))
        return answer(self._operations.get(operation["name"]))

    async def _get_operation(self, request: web.Request) -> web.Response:
        return answer(self._operations.get(self._name(request, "operations")))

    async def _start_instance(self, request: web.Request) -> web.Response:
        """The router asks: a request is waiting, and the revision has no instance."""
        name = request.match_info["revision"]
        for revision in self._services.revisions.list():
            if short(revision["name"]) == name:
                try:
                    instance = await self._instances.ensure(revision, AUTOSCALING)
                except (StartFailed, SecretMissing) as problem:
                    raise RpcError("UNAVAILABLE", str(problem)) from problem
                return answer({"address": instance.address, "instance": instance.identity})
        raise RpcError("NOT_FOUND", name)

    def _parent(self, request: web.Request) -> str:
        return parent_of(self._settings, request.match_info["project"], request.match_info["location"])

    def _name(self, request: web.Request, *kinds: str) -> str:
        parts = [f"{kind}/{request.match_info[kind.removesuffix('s')]}" for kind in kinds]
        return "/".join([self._parent(request), *parts])


def _name(kind: str) -> str:
    """A name in a path. What follows a colon is a verb of its own, perhaps one that is not emulated."""
    return f"{{{kind}:[^/:{{}}]+}}"


def _listed(request: web.Request, kind: str, found: list[Document]) -> web.Response:
    size = int(request.query.get("pageSize") or 100)
    part, token = page(found, size, request.query.get("pageToken"))
    body: Document = {kind: list(part)} if part else {}
    if token:
        body["nextPageToken"] = token
    return answer(body)
