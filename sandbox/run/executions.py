"""Executions: a job's tasks run to their end, with retries and a time-out."""

import asyncio
import secrets

from sandbox.builds.build import Builds
from sandbox.kernel.children import Child
from sandbox.kernel.clock import instant, now, stamp
from sandbox.kernel.errors import RPC_CODES
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.logging.batch import Batch
from sandbox.run import conditions, launch
from sandbox.run.instance import Output
from sandbox.run.jobs import WORK, Jobs
from sandbox.run.launch import SecretMissing, Secrets
from sandbox.run.names import short
from sandbox.run.operation import Operations
from sandbox.run.service import shown
from sandbox.run.template import seconds

TIMED_OUT = "The configured timeout was reached."


class Executions:
    """Runs what `Jobs` began. After a crash of the sandbox a running attempt counts as failed."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        jobs: Jobs,
        operations: Operations,
        builds: Builds,
        secrets: Secrets,
        batch: Batch,
    ) -> None:
        self._kernel = kernel
        self._jobs = jobs
        self._operations = operations
        self._builds = builds
        self._secrets = secrets
        self._batch = batch
        self._running: dict[str, set[Child]] = {}
        self._cancelled: set[str] = set()
        kernel.work.handle(WORK, self._run, operations.give_up)

    async def cancel(self, name: str) -> None:
        """Stop an execution's tasks; it ends as cancelled."""
        self._cancelled.add(name)
        await asyncio.gather(*(child.stop() for child in self._running.get(name, set())))

    async def cancel_all(self, job: str) -> None:
        """Stop all that runs of a job."""
        await asyncio.gather(*(self.cancel(name) for name in [*self._running] if name.startswith(f"{job}/")))

    async def _run(self, argument: Document) -> None:
        execution = self._jobs.executions.get(argument["execution"])
        if execution is None:
            return
        execution.setdefault("startTime", stamp())
        execution["runningCount"] = execution["taskCount"]
        self._jobs.executions.put(execution["name"], execution)
        outcomes = await asyncio.gather(
            *(self._task(execution, index) for index in range(execution["taskCount"]))
        )
        self._end(execution, [outcome for outcome in outcomes if outcome], argument["operation"])

    def _end(self, execution: Document, failures: list[str], operation: str) -> None:
        execution.pop("reconciling", None)
        cancelled = execution["name"] in self._cancelled
        count = "cancelledCount" if cancelled else "failedCount"
        execution |= {
            "completionTime": stamp(),
            "updateTime": stamp(),
            "observedGeneration": "1",
            "runningCount": 0,
            "succeededCount": execution["taskCount"] - len(failures),
            count: len(failures),
        }
        reason = "CANCELLED" if cancelled else "NON_ZERO_EXIT_CODE"
        if failures:
            completed = conditions.condition(
                "Completed", conditions.FAILED, failures[0], executionReason=reason
            )
        else:
            took = (now() - instant(execution["startTime"])).total_seconds()
            text = f"Execution completed successfully in {took:.2f}s."
            completed = conditions.condition("Completed", conditions.SUCCEEDED, text)
        others = [conditions.condition(kind, conditions.SUCCEEDED)
                  for kind in ("ResourcesAvailable", "Started", "ContainerReady", "Retry")]  # fmt: skip
        execution["conditions"] = [completed, *others]
        if self._jobs.executions.get(execution["name"]):
            self._jobs.executions.put(execution["name"], execution)
        if failures:
            status = (
                "CANCELLED" if cancelled else "DEADLINE_EXCEEDED" if TIMED_OUT in failures[0] else "ABORTED"
            )
            error = {"code": RPC_CODES[status], "message": failures[0]}
            self._operations.fail(operation, shown(execution), error)
        else:
            self._operations.succeed(operation, shown(execution))
        self._running.pop(execution["name"], None)

    async def _task(self, execution: Document, index: int) -> str:
        """One task with its retries; what its last attempt failed of, or the empty text."""
        key = f"_attempt{index}"
        while True:
            attempt = execution.get(key, 0)
            failure = "the platform restarted" if execution.get(f"{key}_begun") else ""
            if not failure:
                execution[f"{key}_begun"] = True
                self._jobs.executions.put(execution["name"], execution)
                failure = await self._attempt(execution, index, attempt)
            execution[f"{key}_begun"] = False
            name = short(execution["name"])
            if not failure or execution["name"] in self._cancelled:
                return failure and f"Task {name}-task{index} was cancelled."
            if attempt >= execution["template"].get("maxRetries", 3):
                return f"Task {name}-task{index} failed with {failure}"
            execution[key] = attempt + 1
            execution["retriedCount"] = execution.get("retriedCount", 0) + 1

    async def _attempt(self, execution: Document, index: int, attempt: int) -> str:
        container = execution["template"]["containers"][0]
        output = self._output(execution, index, attempt)
        image = self._builds.images.find(container["image"])
        if image is None:
            return f"message: Image '{container['image']}' not found."
        own = {
            "CLOUD_RUN_JOB": execution["job"],
            "CLOUD_RUN_EXECUTION": short(execution["name"]),
            "CLOUD_RUN_TASK_INDEX": str(index),
            "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
            "CLOUD_RUN_TASK_COUNT": str(execution["taskCount"]),
        }
        try:
            env = launch.environment(image, container, self._builds.environments, self._secrets, own)
            child = await self._kernel.children.start(
                short(execution["name"]),
                launch.command(image, container, self._builds.environments),
                env=env,
                cwd=launch.working_folder(image, container),
                on_line=output.line,
                ordinary_user=not launch.runs_as_root(image),
            )
        except SecretMissing as problem:
            return f"message: {problem.why}"
        except OSError as error:
            output.remark(f"Application exec likely failed: {error}", "ERROR")
            return f"message: Application exec likely failed: {error}"
        self._running.setdefault(execution["name"], set()).add(child)
        try:
            code = await asyncio.wait_for(child.wait(), seconds(execution["template"].get("timeout", "600s")))
        except TimeoutError:
            await child.stop()
            return f"exit code: 0 and message: {TIMED_OUT}"
        except asyncio.CancelledError:
            await child.stop()
            raise
        finally:
            self._running.get(execution["name"], set()).discard(child)
        if code == 0:
            return ""
        output.remark(f"Container called exit({code}).", "WARNING")
        return f"exit code: {code} and message: The container exited with an error."

    def _output(self, execution: Document, index: int, attempt: int) -> Output:
        settings = self._kernel.settings
        resource = {
            "type": "cloud_run_job",
            "labels": {
                "job_name": execution["job"],
                "location": settings.region,
                "project_id": settings.project,
            },
        }
        labels = {
            "run.googleapis.com/execution_name": short(execution["name"]),
            "run.googleapis.com/task_index": str(index),
            "run.googleapis.com/task_attempt": str(attempt),
            "instanceId": secrets.token_hex(32),
        }
        return Output(self._batch, settings.project, resource, labels)
