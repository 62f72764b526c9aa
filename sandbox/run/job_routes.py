"""Cloud Run's REST: jobs and executions."""

from aiohttp import web

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.wire import answer, json_body
from sandbox.run.executions import Executions
from sandbox.run.jobs import Jobs
from sandbox.run.names import check_name
from sandbox.run.operation import Operations
from sandbox.run.paths import EXECUTION, JOB, PARENT, Paths, listed, refuse
from sandbox.run.service import shown
from sandbox.run.template import named


class JobRoutes:
    """The handlers."""

    def __init__(self, paths: Paths, jobs: Jobs, executions: Executions, operations: Operations) -> None:
        self._paths = paths
        self._jobs = jobs
        self._executions = executions
        self._operations = operations

    def add(self, app: web.Application) -> None:
        router = app.router
        router.add_get(f"{PARENT}/jobs", self._list_jobs)
        router.add_post(f"{PARENT}/jobs", self._create_job)
        router.add_post(f"{JOB}:run", self._run_job)
        router.add_get(JOB, self._get_job)
        router.add_delete(JOB, self._delete_job)
        router.add_get(f"{JOB}/executions", self._list_executions)
        router.add_post(f"{EXECUTION}:cancel", self._cancel_execution)
        router.add_get(EXECUTION, self._get_execution)

    async def _list_jobs(self, request: web.Request) -> web.Response:
        found = [shown(one) for one in self._jobs.documents.list(f"{self._paths.parent(request)}/jobs/")]
        return listed(request, "jobs", found)

    async def _create_job(self, request: web.Request) -> web.Response:
        parent = self._paths.parent(request)
        name = request.query.get("jobId", "")
        refuse(request, "validateOnly")
        check_name(name, 63, "Job name")
        return answer(self._jobs.create(f"{parent}/jobs/{name}", named(await json_body(request))))

    async def _get_job(self, request: web.Request) -> web.Response:
        return answer(shown(self._jobs.get(self._paths.name(request, "jobs"))))

    async def _run_job(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        if body.get("validateOnly"):
            raise not_emulated("validateOnly")
        return answer(self._jobs.run(self._paths.name(request, "jobs"), body.get("overrides", {})))

    async def _delete_job(self, request: web.Request) -> web.Response:
        name = self._paths.name(request, "jobs")
        refuse(request, "validateOnly")
        operation = self._jobs.delete(name)
        await self._executions.cancel_all(name)
        return answer(operation)

    async def _list_executions(self, request: web.Request) -> web.Response:
        name = self._paths.name(request, "jobs")
        found = [shown(one) for one in self._jobs.executions.list(f"{name}/executions/")]
        return listed(request, "executions", found)

    async def _get_execution(self, request: web.Request) -> web.Response:
        return answer(shown(self._jobs.execution(self._paths.name(request, "jobs", "executions"))))

    async def _cancel_execution(self, request: web.Request) -> web.Response:
        name = self._paths.name(request, "jobs", "executions")
        execution = self._jobs.execution(name)
        operation = self._operations.begin("cancel", "Execution", shown(execution))
        await self._executions.cancel(name)
        self._operations.succeed(operation["name"], shown(self._jobs.execution(name)))
        return answer(self._operations.get(operation["name"]))
