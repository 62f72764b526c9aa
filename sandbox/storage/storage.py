"""Cloud Storage as one of the sandbox's systems, and what the others may ask of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from sandbox.kernel.errors import ReasonError
from sandbox.kernel.kernel import Kernel
from sandbox.storage.bucket_routes import add_routes as add_bucket_routes
from sandbox.storage.buckets import Buckets
from sandbox.storage.checksums import Expected
from sandbox.storage.draft import BLOCK
from sandbox.storage.files import Files
from sandbox.storage.gate import Gate
from sandbox.storage.lifecycle_round import LifecycleRound
from sandbox.storage.multipart_uploads import MultipartUploads
from sandbox.storage.object import Destination, Object, check_name
from sandbox.storage.object_routes import add_routes as add_object_routes
from sandbox.storage.objects import Objects
from sandbox.storage.upload_routes import add_routes as add_upload_routes
from sandbox.storage.uploads import Uploads
from sandbox.storage.writer import Writer
from sandbox.storage.xml_routes import add_routes as add_xml_routes
from sandbox.storage.xml_routes import refused as xml_refused


class Storage:
    """Buckets and objects. After a `kill -9` no object is torn, and none is lost that was acknowledged.

    Loss of power is survived as far as the kernel's state is: no torn object, but perhaps an older state.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.files = Files(kernel.folder("storage", "objects"))
        self.buckets = Buckets(kernel.state, kernel.clock)
        self.gate = Gate(self.buckets, kernel.faults, kernel.clock)
        self.objects = Objects(kernel.state, self.files, self.buckets, kernel.clock)
        self.writer = Writer(self.buckets, self.objects, self.files, kernel.clock)
        self.uploads = Uploads(kernel.state, self.files, self.objects, kernel.clock)

        self.multipart_uploads = MultipartUploads(kernel.state, self.files, self.objects, kernel.clock)
        self.lifecycle = LifecycleRound(
            self.gate, self.buckets, self.objects, self.multipart_uploads, kernel.clock
        )

    def routes(self, app: web.Application) -> None:
        buckets, objects, writer = self.buckets, self.objects, self.writer
        app.on_response_prepare.append(self.gate.date)
        add_bucket_routes(app, self.gate, buckets=buckets, objects=objects, settings=self.kernel.settings)
        add_object_routes(app, self.gate, buckets=buckets, objects=objects, writer=writer, files=self.files)
        add_upload_routes(
            app, self.gate, objects=objects, writer=writer, uploads=self.uploads, truth=self.kernel.truth
        )

        add_xml_routes(app, self.gate, writer=writer, uploads=self.multipart_uploads)
        self.kernel.faults.forms.append(xml_refused)
        self.lifecycle.routes(app)

    async def start(self) -> None:
        named = self.objects.files() | self.uploads.files() | self.multipart_uploads.files()
        await asyncio.to_thread(self.files.sweep, named)
        self.lifecycle.start(self.kernel.settings.lifecycle_every)

    async def stop(self) -> None:
        """What is half received stays on disk, and is taken up again or swept."""
        await self.lifecycle.stop()

    async def put(
        self, bucket: str, name: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> Object:
        """Write a small object on behalf of another system; ReasonError (404, 503) without its bucket."""

        async def pieces() -> AsyncIterator[bytes]:
            yield data

        self.gate.check_up(self.buckets.find(bucket))
        to = Destination(bucket, check_name(name), {"contentType": content_type})
        return await self.writer.write(to, pieces(), Expected())

    async def put_file(
        self, bucket: str, name: str, file: Path, content_type: str = "application/octet-stream"
    ) -> Object:
        """Write a file's bytes on behalf of another system; ReasonError (404) when the bucket is missing."""

        async def pieces() -> AsyncIterator[bytes]:
            with file.open("rb") as content:
                while piece := await asyncio.to_thread(content.read, BLOCK):
                    yield piece

        to = Destination(bucket, check_name(name), {"contentType": content_type})
        return await self.writer.write(to, pieces(), Expected())

    def has_bucket(self, name: str) -> bool:
        try:
            self.buckets.find(name)
        except ReasonError:
            return False
        return True

    def ensure_bucket(self, name: str) -> None:
        """Make a bucket of another system's own, unless there is one."""
        if not self.has_bucket(name):
            self.buckets.insert({"name": name})

    def file(self, bucket: str, name: str, generation: int | None = None) -> Path | None:
        """Where the object's bytes are; None when there is no such object. Open it before the next await.

        ReasonError (503) while the location of its bucket is down.
        """
        home = self.buckets.get(bucket)
        if home is None:
            return None
        self.gate.check_up(home)
        try:
            return self.files.path(self.objects.find(bucket, name, generation).content.file)
        except ReasonError:
            return None
