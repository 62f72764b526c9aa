"""Builds: from `submit` to SUCCESS or FAILURE, with a log that can be read while it runs."""

import asyncio
import shutil
import uuid
from pathlib import Path

from sandbox.builds.context import unpack
from sandbox.builds.dockerfile import BuildError, parse
from sandbox.builds.environment import Environments
from sandbox.builds.image import Config, Image, Images
from sandbox.builds.procfile import procfile
from sandbox.builds.recipe import Recipe, read
from sandbox.builds.requirement import SYSTEM
from sandbox.builds.stage import Stages
from sandbox.kernel.clock import stamp
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.logging.entries import Entries, text_entry
from sandbox.storage.storage import Storage

AT_ONCE = 2  # builds side by side


class Builds:
    """All builds of a sandbox, and the images that came of them."""

    def __init__(self, kernel: Kernel, storage: Storage, entries: Entries) -> None:
        self.kernel = kernel
        self.images = Images(kernel.folder("images"), kernel.state)
        self.environments = Environments(kernel.settings.cache / "environments", kernel.children)
        self._storage = storage
        self._entries = entries
        self._builds = kernel.state.collection("build")
        self._turns = asyncio.Semaphore(AT_ONCE)
        kernel.work.handle("build", self._run, self._give_up)

    def get(self, name: str) -> Document | None:
        return self._builds.get(name)

    def list(self) -> list[Document]:
        """All builds, newest first."""
        return sorted(self._builds.list(), key=lambda build: str(build["createTime"]), reverse=True)

    def submit(self, request: Document) -> Document:
        """A queued build of the request; its resource."""
        settings = self.kernel.settings
        identity = str(uuid.uuid4())
        storage = request["storageSource"]
        build = {
            "name": f"projects/{settings.number}/locations/{settings.region}/builds/{identity}",
            "id": identity,
            "projectId": settings.project,
            "status": "QUEUED",
            "createTime": stamp(),
            "source": {"storageSource": storage},
            "images": [request["imageUri"]],
            "logsBucket": f"gs://{self._logs_bucket}",
            "tags": request.get("tags", []),
        }
        self._builds.put(identity, build)
        self.kernel.work.start("build", {"id": identity, "buildpack": "buildpackBuild" in request})
        return build

    @property
    def _logs_bucket(self) -> str:
        return f"{self.kernel.settings.project}_cloudbuild"

    async def _run(self, argument: Document) -> None:
        build = self._builds.get(argument["id"])
        assert build
        async with self._turns:
            build |= {"status": "WORKING", "startTime": stamp()}
            self._builds.put(build["id"], build)
            lines: list[str] = []
            log = _Log(self._entries, self.kernel.settings.project, build["id"], lines)
            try:
                image = await self._build(build, log, buildpack=argument["buildpack"])
            except BuildError as error:
                log(f"ERROR: {error}")
                build |= {
                    "status": "FAILURE",
                    "failureInfo": {"type": "USER_BUILD_STEP", "detail": str(error)},
                }
            else:
                reference = build["images"][0]
                self.images.push(reference, image)
                log(f"DONE: {reference}@sha256:{image.digest}")
                build |= {
                    "status": "SUCCESS",
                    "results": {"images": [{"name": reference, "digest": f"sha256:{image.digest}"}]},
                }
            self._storage.ensure_bucket(self._logs_bucket)
            text = "\n".join(lines) + "\n"
            name = f"log-{build['id']}.txt"
            await self._storage.put(self._logs_bucket, name, text.encode(), content_type="text/plain")
            self._builds.put(build["id"], build | {"finishTime": stamp()})

    def _give_up(self, argument: Document) -> None:
        """The sandbox itself failed at a build: end it as Google ends such."""
        build = self._builds.get(argument["id"])
        assert build
        failure = {"detail": "Internal error encountered."}
        ended = {"status": "INTERNAL_ERROR", "failureInfo": failure, "finishTime": stamp()}
        self._builds.put(build["id"], build | ended)

    async def _build(self, build: Document, log: "_Log", *, buildpack: bool) -> Image:
        storage = build["source"]["storageSource"]
        generation = storage.get("generation")
        archive = self._storage.file(
            storage["bucket"], storage["object"], int(generation) if generation else None
        )
        address = f"gs://{storage['bucket']}/{storage['object']}"
        if archive is None:
            raise BuildError(f"{address}: there is no such object")
        log(f"Fetching storage object: {address}")
        work = self.kernel.folder("builds") / build["id"]
        shutil.rmtree(work, ignore_errors=True)
        try:
            await asyncio.to_thread(unpack, archive, address, work / "source")
            recipe = _recipe(work / "source", buildpack=buildpack)
            return await self._assemble(recipe, work, log)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    async def _assemble(self, recipe: Recipe, work: Path, log: "_Log") -> Image:
        """Lay out the files step by step, then install what is required, then take the digest."""
        stage = await Stages(work / "source", work, log).lay(recipe)
        key = await self.environments.make(recipe.python, stage, log)
        wanted = [install.requirement for install in stage.installs]
        own = any(one.tool in {"sync", "poetry"} or "." in one.arguments for one in wanted)
        path = {"PYTHONPATH": f"{recipe.workdir}:{recipe.workdir}/src"} if own else {}
        config = Config(
            env=path | recipe.env,
            entrypoint=recipe.entrypoint,
            cmd=recipe.cmd,
            workdir=recipe.workdir,
            user=recipe.user,
            environment=key,
            places=sorted({SYSTEM, recipe.virtual, *(one.place for one in wanted)} - {""}),
            exposed=recipe.exposed,
            healthcheck=recipe.healthcheck,
        )
        return await asyncio.to_thread(self.images.add, stage.rootfs, config)


class _Log:
    """Lines of a build's log: kept for the log object, and written to Cloud Logging as they come."""

    def __init__(self, entries: Entries, project: str, build: str, lines: list[str]) -> None:
        self._entries = entries
        self._project = project
        self._resource = {"type": "build", "labels": {"build_id": build, "project_id": project}}
        self._lines = lines

    def __call__(self, line: str) -> None:
        self._lines.append(line)
        self._entries.write([text_entry("cloudbuild", self._resource, line, project=self._project)])


def _recipe(source: Path, *, buildpack: bool) -> Recipe:
    if buildpack:
        return procfile(source)
    file = source / "Dockerfile"
    if not file.is_file():
        raise BuildError("Dockerfile: not in the root of the source; a docker build needs one")
    try:
        text = file.read_text()
    except UnicodeDecodeError as error:
        raise BuildError("Dockerfile: not a text in UTF-8") from error
    return read(parse(text))
