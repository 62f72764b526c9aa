"""Google's own description of its APIs, as google-api-python-client bundles it: which method a call is."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import googleapiclient

from sandbox.kernel.schemas import Schemas

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
APIS = (
    "run.v2",
    "cloudbuild.v1",
    "storage.v1",
    "sqladmin.v1",
    "sqladmin.v1beta4",
    "logging.v2",
    "secretmanager.v1",
)
PREFIXES = {"sqladmin.v1beta4": "/sql/v1beta4/"}  # where gcloud calls it
COMMON_QUERY = {"$alt", "upload_id", "X-Goog-Upload-Protocol"}  # what clients send and documents do not list


@dataclass(frozen=True)
class Method:
    """One method of one API."""

    api: "Api"
    id: str
    query: frozenset[str]
    request: str | None
    response: str | None
    media: bool

    def check_query(self, names: Iterator[str] | list[str]) -> list[str]:
        return [f"{self.id}: no query parameter {name!r}" for name in names if name not in self.query]

    def check_request(self, body: Any) -> list[str]:
        """What is wrong with a request's body. Enums may be numbers, as the Python clients send them."""
        if self.request is None:
            return [f"{self.id}: takes no body"] if body else []
        return [f"{self.id}: {fault}" for fault in self.api.schemas.check(self.request, body, numbers=True)]

    def check_response(self, body: Any) -> list[str]:
        if self.response is None:
            return [f"{self.id}: answers no body"] if body else []
        return [f"{self.id}: {fault}" for fault in self.api.schemas.check(self.response, body)]


class Api:
    """One discovery document."""

    def __init__(self, name: str) -> None:
        document = json.loads((DOCUMENTS / f"{name}.json").read_text())
        self.name = name
        self.schemas = Schemas(document["schemas"])
        common = set(document["parameters"]) | COMMON_QUERY
        prefix = PREFIXES.get(name, "/" + document["servicePath"])
        self.methods = [
            route
            for method in sorted(_methods(document), key=_is_plain)
            for route in self._routes(method, prefix, common)
        ]

    def _routes(
        self, method: dict[str, Any], prefix: str, common: set[str]
    ) -> Iterator[tuple[str, re.Pattern[str], Method]]:
        parameters = method.get("parameters", {})
        query = {name for name, about in parameters.items() if about["location"] == "query"} | common
        known = Method(
            self,
            method["id"],
            frozenset(query),
            method.get("request", {}).get("$ref"),
            method.get("response", {}).get("$ref"),
            media=method.get("supportsMediaDownload", False),
        )
        relative = (
            method["path"].removeprefix("sql/v1beta4/") if prefix in PREFIXES.values() else method["path"]
        )
        yield method["httpMethod"], _pattern(prefix + relative, parameters), known
        if "mediaUpload" in method:
            for protocol in method["mediaUpload"]["protocols"].values():
                for verb in ("POST", "PUT", "DELETE"):  # the latter two on the session of a resumable upload
                    yield verb, _pattern(protocol["path"], parameters), known
        if known.media:
            yield "GET", _pattern("/download" + prefix + relative, parameters), known


def _is_plain(method: dict[str, Any]) -> bool:
    """Custom verbs (`.../secrets/S:getIamPolicy`) come first: a plain name's pattern would take them too."""
    return ":" not in re.sub(r"\{[^}]*\}", "", method["path"])


def _methods(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _pattern(path: str, parameters: dict[str, Any]) -> re.Pattern[str]:
    """The path as a regular expression: {name} takes no slash, {+name} what its own pattern takes."""

    def part(match: re.Match[str]) -> str:
        own: str = parameters.get(match[2], {}).get("pattern", "")
        return f"(?:{own.strip('^$')})" if match[1] and own else r"[^/]+"

    pieces = re.split(r"(\{\+?\w+\})", path)
    return re.compile(
        "".join(
            re.sub(r"\{(\+?)(\w+)\}", part, piece) if piece.startswith("{") else re.escape(piece)
            for piece in pieces
        )
    )


@cache
def api(name: str) -> Api:
    return Api(name)


@lru_cache(maxsize=4096)  # of paths, which name objects: there is no end of them
def find(verb: str, path: str) -> Method | None:
    """The method that Google's own servers would take this call for."""
    for name in APIS:
        for method_verb, pattern, method in api(name).methods:
            if method_verb == verb and pattern.fullmatch(path):
                return method
    return None
