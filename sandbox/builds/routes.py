"""The REST of builds: submitted to Cloud Run, polled as Cloud Build."""

from aiohttp import web

from sandbox.builds.build import Builds
from sandbox.kernel.errors import RpcError, not_emulated
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, json_body

FAILED = {"FAILURE", "INTERNAL_ERROR"}


def add_routes(app: web.Application, builds: Builds) -> None:
    async def submit(request: web.Request) -> web.Response:
        body = await json_body(request)
        _check(body)
        build = builds.submit(body)
        return answer({"buildOperation": _operation(build)})

    async def get(request: web.Request) -> web.Response:
        return answer(_find(builds, request.match_info["build"]))

    async def operation(request: web.Request) -> web.Response:
        return answer(_operation(_find(builds, request.match_info["operation"])))

    parent = "/projects/{project}/locations/{location}"
    app.router.add_post(f"/v2{parent}/builds:submit", submit)
    app.router.add_get(f"/v1{parent}/builds/{{build}}", get)
    app.router.add_get(f"/v1{parent}/operations/{{operation}}", operation)


def _check(body: Document) -> None:
    source = body.get("storageSource", {})
    if not source.get("bucket") or not source.get("object"):
        raise RpcError("INVALID_ARGUMENT", "storage_source.bucket and storage_source.object are required.")
    if not body.get("imageUri"):
        raise RpcError("INVALID_ARGUMENT", "image_uri is required.")
    if ("dockerBuild" in body) == ("buildpackBuild" in body):
        raise RpcError("INVALID_ARGUMENT", "Exactly one of docker_build and buildpack_build is required.")
    for name in ("workerPool", "machineType"):
        if body.get(name):
            raise not_emulated(f"{name} of a build")


def _find(builds: Builds, identity: str) -> Document:
    build = builds.get(identity)
    if build is None:
        raise RpcError("NOT_FOUND", "Requested entity was not found.")
    return build


def _operation(build: Document) -> Document:
    parent = build["name"].rpartition("/builds/")[0]
    operation: Document = {
        "name": f"{parent}/operations/{build['id']}",
        "metadata": {
            "@type": "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata",
            "build": build,
        },
    }
    if build["status"] == "SUCCESS":
        operation["done"] = True
        operation["response"] = {"@type": "type.googleapis.com/google.devtools.cloudbuild.v1.Build", **build}
    elif build["status"] in FAILED:
        operation["done"] = True
        operation["error"] = {"code": 2, "message": build["failureInfo"]["detail"]}
    return operation
