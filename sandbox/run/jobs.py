"""Jobs as the API knows them: documents, and executions begun."""

import copy
import uuid

from sandbox.kernel.clock import stamp
from sandbox.kernel.errors import RpcError, not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.run import conditions
from sandbox.run.names import missing, short, suffix
from sandbox.run.operation import Operations
from sandbox.run.service import shown, with_etag
from sandbox.run.template import check_annotations, check_containers, task_with_defaults

WORK = "run.execution"
SETTABLE = {"labels", "annotations", "client", "clientVersion", "launchStage", "template"}


class Jobs:
    """All jobs and executions of a sandbox, by their full names."""

    def __init__(self, kernel: Kernel, operations: Operations) -> None:
        self._kernel = kernel
        self._operations = operations
        self.documents = kernel.state.collection("job")
        self.executions = kernel.state.collection("execution")

    def get(self, name: str) -> Document:
        job = self.documents.get(name)
        if job is None:
            raise missing("JOB", short(name), self._kernel.settings)
        return job

    def execution(self, name: str) -> Document:
        execution = self.executions.get(name)
        if execution is None:
            raise missing("EXECUTION", short(name), self._kernel.settings)
        return execution

    def create(self, name: str, body: Document) -> Document:
        """A job is ready as soon as it is written down: it runs nothing yet."""
        if self.documents.get(name):
            raise RpcError("ALREADY_EXISTS", f"Resource '{short(name)}' already exists.")
        spec = {key: copy.deepcopy(value) for key, value in body.items() if key in SETTABLE}
        template = spec.setdefault("template", {})
        task = template.setdefault("template", {})
        check_containers(task, "CreateJobRequest.job.template.template")
        check_annotations(spec.get("annotations", {}), "CreateJobRequest.job.annotations")
        template.setdefault("taskCount", 1)
        template["template"] = task_with_defaults(task, self._kernel.settings)
        now = stamp()
        ready = conditions.condition("Ready", conditions.SUCCEEDED)
        job = with_etag(
            {
                **spec,
                "name": name,
                "uid": str(uuid.uuid4()),
                "generation": "1",
                "observedGeneration": "1",
                "createTime": now,
                "updateTime": now,
                "launchStage": spec.get("launchStage", "GA"),
                "terminalCondition": ready,
                "conditions": [conditions.condition("ResourcesAvailable", conditions.SUCCEEDED)],
            }
        )
        with self._kernel.state.transaction():
            self.documents.put(name, job)
            operation = self._operations.begin("create", "Job", shown(job))
            self._operations.succeed(operation["name"], shown(job))
        return self._operations.get(operation["name"])

    def delete(self, name: str) -> Document:
        """The job goes with its executions; the caller stops those that run."""
        job = shown(self.get(name) | {"deleteTime": stamp()})
        with self._kernel.state.transaction():
            self.documents.delete(name)
            for execution in self.executions.list(f"{name}/executions/"):
                self.executions.delete(execution["name"])
            operation = self._operations.begin("delete", "Job", job)
            self._operations.succeed(operation["name"], job)
        return self._operations.get(operation["name"])

    def run(self, name: str, overrides: Document) -> Document:
        """Begin an execution. Its operation ends only with it, in error when a task fails for good."""
        job = self.get(name)
        execution = _execution(job, overrides)
        with self._kernel.state.transaction():
            self.executions.put(execution["name"], execution)
            self.documents.put(
                name,
                {
                    **job,
                    "executionCount": job.get("executionCount", 0) + 1,
                    "latestCreatedExecution": {
                        "name": short(execution["name"]),
                        "createTime": execution["createTime"],
                    },
                },
            )
            operation = self._operations.begin("run", "Execution", shown(execution))
            self._kernel.work.start(WORK, {"execution": execution["name"], "operation": operation["name"]})
        return operation


def _execution(job: Document, overrides: Document) -> Document:
    name = f"{short(job['name'])}-{suffix(5)}"
    template = copy.deepcopy(job["template"])
    task = template["template"]
    for override in overrides.get("containerOverrides", []):
        _override(task["containers"][0], override)
    if overrides.get("timeout"):
        task["timeout"] = overrides["timeout"]
    if overrides.get("delayExecution"):
        raise not_emulated("delayed execution")
    now = stamp()
    return with_etag(
        {
            "name": f"{job['name']}/executions/{name}",
            "uid": str(uuid.uuid4()),
            "job": short(job["name"]),
            "generation": "1",
            "createTime": now,
            "updateTime": now,
            "launchStage": "GA",
            "parallelism": template.get("parallelism", 0),
            "taskCount": overrides.get("taskCount") or template.get("taskCount", 1),
            "template": task,
            "reconciling": True,
            "conditions": [{"type": "Completed", "state": conditions.PENDING, "lastTransitionTime": now}],
            "logUri": f"https://console.cloud.google.com/logs/viewer?resource=cloud_run_job/job_name/{name}",
        }
    )


def _override(container: Document, override: Document) -> None:
    """Arguments are replaced, variables are merged; neither image nor command can be overridden."""
    if override.get("args") or override.get("clearArgs"):
        container["args"] = override.get("args", [])
    names = {variable["name"] for variable in override.get("env", [])}
    kept = [variable for variable in container.get("env", []) if variable["name"] not in names]
    container["env"] = kept + override.get("env", [])
