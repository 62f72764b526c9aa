"""All instances of a sandbox: none or one for each revision."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from sandbox.builds.build import Builds
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.logging.batch import Batch
from sandbox.run import launch
from sandbox.run.instance import Instance, Output, StartFailed, listening
from sandbox.run.launch import SecretMissing, Secrets
from sandbox.run.names import short

logger = logging.getLogger("sandbox")


class Instances:
    """Starts and stops them; whoever asks for one that is starting waits for the same start."""

    def __init__(self, kernel: Kernel, builds: Builds, secrets: Secrets, batch: Batch) -> None:
        self._kernel = kernel
        self._builds = builds
        self._secrets = secrets
        self._batch = batch
        self._running: dict[str, Instance] = {}
        self._starting: dict[str, asyncio.Task[Instance]] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self.changed: Callable[[], Awaitable[None]] | None = None

    def get(self, revision: str) -> Instance | None:
        return self._running.get(revision)

    @property
    def running(self) -> list[str]:
        return [*self._running]

    @property
    def starting(self) -> list[str]:
        return [*self._starting]

    async def ensure(self, revision: Document, reason: str) -> Instance:
        """The revision's instance, started if need be. StartFailed or SecretMissing when it cannot be."""
        name = short(revision["name"])
        if found := self._running.get(name):
            return found
        if name not in self._starting:
            task = asyncio.create_task(self._start(revision, reason))
            self._starting[name] = task
            task.add_done_callback(lambda _: self._starting.pop(name, None))
        return await asyncio.shield(self._starting[name])

    def detach(self, revision: str) -> Instance | None:
        """Take an instance off the list: no further request is to reach it. The caller stops it."""
        return self._running.pop(revision, None)

    async def stop(self, revision: str) -> None:
        if starting := self._starting.get(revision):
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        if found := self.detach(revision):
            await found.stop()

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(name) for name in {*self._running, *self._starting}))

    def _output(self, revision: Document, identity: str) -> Output:
        settings = self._kernel.settings
        labels = {
            "project_id": settings.project,
            "service_name": revision["service"],
            "revision_name": short(revision["name"]),
            "configuration_name": revision["service"],
            "location": settings.region,
        }
        resource = {"type": "cloud_run_revision", "labels": labels}
        return Output(self._batch, settings.project, resource, {"instanceId": identity})

    async def _start(self, revision: Document, reason: str) -> Instance:
        name = short(revision["name"])
        container = revision["containers"][0]
        identity = secrets.token_hex(32)
        output = self._output(revision, identity)
        output.remark(f"Starting new instance. Reason: {reason}")
        port = self._kernel.ports.any()
        own = {
            "PORT": str(port),
            "K_SERVICE": revision["service"],
            "K_REVISION": name,
            "K_CONFIGURATION": revision["service"],
        }
        image = self._builds.images.find(container["image"])
        if image is None:
            raise StartFailed(f"Image '{container['image']}' not found.")
        try:
            env = launch.environment(image, container, self._builds.environments, self._secrets, own)
        except SecretMissing as missing:
            secret = launch.secret_name(missing.reference, self._kernel.settings)
            output.remark(
                f'Could not fetch secret "{secret}" for environment variable "{missing.variable}". '
                f"Instance startup will now abort: {missing.why}",
                "ERROR",
            )
            raise
        command = launch.command(image, container, self._builds.environments)
        try:
            child = await self._kernel.children.start(
                f"{revision['service']}-1",
                launch.at_port(command, container["ports"][0]["containerPort"], port),
                env=env,
                cwd=launch.working_folder(image, container),
                on_line=output.line,
                ordinary_user=not launch.runs_as_root(image),
            )
        except OSError as error:
            output.remark(f"Application exec likely failed: {error}", "ERROR")
            raise StartFailed from error
        try:
            await listening(child, port, container["startupProbe"], output)
        except BaseException:
            await child.stop(1)
            raise
        instance = Instance(name, identity, child, port, output)
        self._running[name] = instance
        watching = asyncio.create_task(instance.watch(self._ended))
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        return instance

    def _ended(self, instance: Instance) -> None:
        """An instance died by itself: the router must know before the next request."""
        if self._running.get(instance.revision) is instance:
            del self._running[instance.revision]
        if self.changed:
            telling = asyncio.ensure_future(self.changed())
            self._watching.add(telling)
            telling.add_done_callback(self._watching.discard)
