"""Cloud Run's paths, and what they name; lists in pages."""

from aiohttp import web

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, is_true, page, page_size
from sandbox.run.names import parent_of

USUAL = 100  # items a page
PARENT = "/v2/projects/{project}/locations/{location}"


def name(kind: str) -> str:
    """A name in a path. What follows a colon is a verb of its own, perhaps one that is not emulated."""
    return f"{{{kind}:[^/:{{}}]+}}"


SERVICE = f"{PARENT}/services/{name('service')}"
REVISION = f"{SERVICE}/revisions/{name('revision')}"
JOB = f"{PARENT}/jobs/{name('job')}"
EXECUTION = f"{JOB}/executions/{name('execution')}"


class Paths:
    """What a request's path names. Answers carry the project's name, as requests may carry its number."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def parent(self, request: web.Request) -> str:
        return parent_of(self._settings, request.match_info["project"], request.match_info["location"])

    def name(self, request: web.Request, *kinds: str) -> str:
        """The full name of the resource, whose kinds are its parents' and its own."""
        parts = [f"{kind}/{request.match_info[kind.removesuffix('s')]}" for kind in kinds]
        return "/".join([self.parent(request), *parts])


def refuse(request: web.Request, *names: str) -> None:
    """501 for a query that asks for what is not emulated."""
    for name in names:
        if is_true(request.query.get(name)):
            raise not_emulated(name)


def listed(request: web.Request, kind: str, found: list[Document]) -> web.Response:
    """One page of a list, as pageSize and pageToken ask for it."""
    refuse(request, "showDeleted")
    size = page_size(request.query.get("pageSize"), USUAL)
    part, token = page(found, size, request.query.get("pageToken"))
    body: Document = {kind: list(part)} if part else {}
    if token:
        body["nextPageToken"] = token
    return answer(body)
