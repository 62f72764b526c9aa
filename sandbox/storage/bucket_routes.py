"""Cloud Storage's REST: buckets."""

from aiohttp import web

from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, is_true, json_body, page
from sandbox.storage.bucket import Bucket
from sandbox.storage.buckets import Buckets
from sandbox.storage.conditions import Conditions, number
from sandbox.storage.errors import invalid, required, unavailable
from sandbox.storage.gate import Gate
from sandbox.storage.objects import Objects
from sandbox.storage.request import check_etag, origin

MOST = 1000  # buckets a page


def add_routes(
    app: web.Application, gate: Gate, *, buckets: Buckets, objects: Objects, settings: Settings
) -> None:
    routes = _Routes(gate, buckets, objects, settings)
    app.router.add_post("/storage/v1/b", gate.checked(routes.insert))
    app.router.add_get("/storage/v1/b", gate.checked(routes.list))
    app.router.add_get("/storage/v1/b/{bucket}", gate.checked(routes.get))
    app.router.add_get("/storage/v1/b/{bucket}/storageLayout", gate.checked(routes.layout))
    app.router.add_get("/storage/v1/b/{bucket}/managedFolders", gate.checked(routes.folders))
    app.router.add_patch("/storage/v1/b/{bucket}", gate.checked(routes.patch))
    app.router.add_put("/storage/v1/b/{bucket}", gate.checked(routes.update))
    app.router.add_delete("/storage/v1/b/{bucket}", gate.checked(routes.delete))
    app.router.add_post("/storage/v1/b/{bucket}/lockRetentionPolicy", gate.checked(routes.lock))
    app.router.add_post("/storage/v1/b/{bucket}/restore", gate.checked(routes.restore))


class _Routes:
    def __init__(self, gate: Gate, buckets: Buckets, objects: Objects, settings: Settings) -> None:
        self._gate = gate
        self._buckets = buckets
        self._objects = objects
        self._settings = settings

    async def insert(self, request: web.Request) -> web.Response:
        self._check_project(request)
        return self._answer(request, self._insert(request, await json_body(request)))

    def _insert(self, request: web.Request, body: Document) -> Bucket:
        retains_objects = is_true(request.query.get("enableObjectRetention"))
        return self._buckets.insert(body, retains_objects=retains_objects)

    async def list(self, request: web.Request) -> web.Response:
        self._check_project(request)
        size = min(number(request.query, "maxResults") or MOST, MOST)
        soft_deleted = is_true(request.query.get("softDeleted"))
        every = self._buckets.soft_deleted if soft_deleted else self._buckets.list
        found = every(request.query.get("prefix", ""))
        shown, token = page(found, size, request.query.get("pageToken"))
        down = [bucket for bucket in shown if self._gate.is_down(bucket)]
        if down and not is_true(request.query.get("returnPartialSuccess")):
            raise unavailable()
        items = [self._resource(request, bucket) for bucket in shown if bucket not in down]
        return answer(
            {
                "kind": "storage#buckets",
                **({"items": items} if items else {}),
                **({"unreachable": [f"projects/_/buckets/{one.name}" for one in down]} if down else {}),
                **({"nextPageToken": token} if token else {}),
            }
        )

    async def get(self, request: web.Request) -> web.Response:
        name = request.match_info["bucket"]
        if is_true(request.query.get("softDeleted")):
            found = self._buckets.find_soft_deleted(name, number(request.query, "generation"))
        else:
            found = self._buckets.find(name)
        Conditions.of(request.query).check_read(found)
        check_etag(request, found.etag)
        return self._answer(request, found)

    async def folders(self, request: web.Request) -> web.Response:
        """None, as none can be made. gcloud asks before it removes a bucket with all that is in it."""
        self._buckets.find(request.match_info["bucket"])
        return answer({"kind": "storage#managedFolders"})

    async def layout(self, request: web.Request) -> web.Response:
        """How names are kept, which gcloud asks for the same reason."""
        found = self._resource(request, self._buckets.find(request.match_info["bucket"]))
        return answer(
            {
                "kind": "storage#storageLayout",
                "bucket": found["name"],
                "location": found["location"],
                "locationType": found["locationType"],
                "hierarchicalNamespace": {"enabled": False},
            }
        )

    async def patch(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        conditions = Conditions.of(request.query)
        return self._answer(request, self._buckets.patch(request.match_info["bucket"], body, conditions))

    async def update(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        conditions = Conditions.of(request.query)
        return self._answer(request, self._buckets.update(request.match_info["bucket"], body, conditions))

    async def delete(self, request: web.Request) -> web.Response:
        name = request.match_info["bucket"]
        last_due = self._objects.soft_deleted.last_due(self._buckets.find(name))
        self._buckets.delete(
            name,
            Conditions.of(request.query),
            is_empty=self._objects.versions.is_empty(name),
            last_due=last_due,
        )
        return web.Response(status=204)

    async def lock(self, request: web.Request) -> web.Response:
        conditions = Conditions.of(request.query)
        return self._answer(request, self._buckets.lock(request.match_info["bucket"], conditions))

    async def restore(self, request: web.Request) -> web.Response:
        generation = number(request.query, "generation")
        return self._answer(request, self._buckets.restore(request.match_info["bucket"], generation))

    def _check_project(self, request: web.Request) -> None:
        project = request.query.get("project")
        if not project:
            raise required("Required parameter: project")
        if not self._settings.is_project(project):
            raise invalid(f"Unknown project id: {project}")

    def _resource(self, request: web.Request, bucket: Bucket) -> dict[str, object]:
        return bucket.resource(origin(request), self._settings.number)

    def _answer(self, request: web.Request, bucket: Bucket) -> web.Response:
        return answer(self._resource(request, bucket))
