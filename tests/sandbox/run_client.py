"""Cloud Run and Cloud Build over plain HTTP, as a test calls them: bodies as they go over the wire."""

import base64
import io
import secrets
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import Endpoints
from tests.processes import wait_until

Document = dict[str, Any]
SMALL = Path(__file__).with_name("small")
TRAFFIC = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"


def fresh(what: str = "s") -> str:
    """A name that no other test uses."""
    return f"{what}-{secrets.token_hex(4)}"


def short(name: str) -> str:
    return name.rpartition("/")[2]


def with_variable(wanted: str) -> list[int]:
    """The processes with this NAME=VALUE in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # no process, not ours, or ended
            continue
        if wanted.encode() in variables:
            found.append(int(folder.name))
    return found


def to(revision: str, percent: int = 0, tag: str = "") -> Document:
    """A traffic target by revision. What is 0 or empty is left out, as clients leave it out."""
    target: Document = {"type": TRAFFIC, "revision": revision}
    return target | ({"percent": percent} if percent else {}) | ({"tag": tag} if tag else {})


def archive(files: Mapping[str, str | bytes], *, at: int = 0) -> bytes:
    """A source archive with these files, all of them changed at that instant."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), at
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


@dataclass(frozen=True)
class Run:
    """One project's services, jobs and builds, and what was logged of them."""

    http: httpx.Client
    project: str
    region: str

    @classmethod
    def of(cls, endpoints: Endpoints, http: httpx.Client) -> "Run":
        return cls(http, endpoints.project, endpoints.region)

    @property
    def root(self) -> str:
        return f"/v2/projects/{self.project}/locations/{self.region}"

    def call(self, verb: str, path: str, body: Document | None = None, **query: Any) -> Document:
        """The answer's body; AssertionError, with the body, where it is an error."""
        answer = self.http.request(verb, f"{self.root}/{path}", json=body, params=query)
        assert answer.status_code == 200, answer.text
        found: Document = answer.json()
        return found

    def refused(self, verb: str, path: str, body: Document | None = None, **query: Any) -> tuple[int, str]:
        """HTTP status and message of a call that is to be refused, in the newer APIs' form."""
        answer = self.http.request(verb, f"{self.root}/{path}", json=body, params=query)
        assert answer.status_code >= 400, answer.text
        error = answer.json()["error"]
        assert error["code"] == answer.status_code
        assert error["status"].isupper()
        return answer.status_code, error["message"]

    def ended(self, operation: Document) -> Document:
        """A long-running operation, once it is done."""

        def done() -> Document | None:
            found = self.http.get(f"/v2/{operation['name']}").json()
            return found if found.get("done") else None

        found = wait_until(done, what=operation["name"])
        assert found
        return found

    def did(self, operation: Document) -> Document:
        """What a long-running operation made; AssertionError where it failed."""
        found = self.ended(operation)
        assert "error" not in found, found["error"]
        response: Document = found["response"]
        return response

    def failed(self, operation: Document) -> Document:
        """The error that a long-running operation ended in."""
        error: Document = self.ended(operation)["error"]
        return error

    def create(self, name: str, template: Document, **fields: Any) -> Document:
        """A service; its operation."""
        return self.call("POST", "services", {"template": template, **fields}, serviceId=name)

    def patch(self, name: str, mask: str, **fields: Any) -> Document:
        """A change of these fields alone; its operation."""
        return self.call("PATCH", f"services/{name}", fields, updateMask=mask)

    def service(self, name: str) -> Document:
        return self.call("GET", f"services/{name}")

    def revision(self, name: str) -> Document:
        """A revision by its short name, of a service whose name is that of `fresh`."""
        return self.call("GET", f"services/{'-'.join(name.split('-')[:2])}/revisions/{name}")

    def revisions(self, name: str) -> list[str]:
        """The short names of a service's revisions, newest first."""
        found = self.call("GET", f"services/{name}/revisions").get("revisions", [])
        return [short(one["name"]) for one in found]

    def split(self, name: str, *targets: Document) -> Document:
        """Route a service's traffic so, to the end of it; the service."""
        return self.did(self.patch(name, "traffic", traffic=[*targets]))

    def job(self, name: str, template: Document, task: Mapping[str, Any] | None = None) -> Document:
        """A job of one container; what was made."""
        body = {"template": {"template": {"containers": [template], **(task or {})}}}
        return self.did(self.call("POST", "jobs", body, jobId=name))

    def submit(self, source: bytes, **fields: Any) -> Document:
        """A source put into Cloud Storage, and its build submitted; the build's operation."""
        bucket = self.http.post(f"/storage/v1/b?project={self.project}", json={"name": "small-sources"})
        assert bucket.status_code in {200, 409}, bucket.text
        name = f"{secrets.token_hex(8)}.tar.gz"
        params = {"uploadType": "media", "name": name}
        self.http.post(
            "/upload/storage/v1/b/small-sources/o", params=params, content=source
        ).raise_for_status()
        body = {
            "storageSource": {"bucket": "small-sources", "object": name},
            "imageUri": "example.com/small/app:v1",
            **({} if "buildpackBuild" in fields else {"dockerBuild": {}}),
            **fields,
        }
        operation: Document = self.call("POST", "builds:submit", body)["buildOperation"]
        return operation

    def built(self, operation: Document) -> Document:
        """A build, once it has ended: well or not."""

        def done() -> Document | None:
            found = self.http.get(f"/v1/{operation['name']}").raise_for_status().json()
            return found["metadata"]["build"] if found.get("done") else None

        build = wait_until(done, seconds=60, what="the build")
        assert build
        return build

    def image(self, files: Mapping[str, str | bytes]) -> str:
        """The address, digest included, of the image that this source becomes."""
        build = self.built(self.submit(archive(files)))
        assert build["status"] == "SUCCESS", build
        (image,) = build["results"]["images"]
        return f"{image['name'].partition(':')[0]}@{image['digest']}"

    def entries(self, wanted: str, *, least: int = 1) -> list[Document]:
        """The log entries that a filter admits, once there are so many."""
        body = {"resourceNames": [f"projects/{self.project}"], "filter": wanted, "pageSize": 1000}

        def read() -> list[Document]:
            found = self.http.post("/v2/entries:list", json=body).raise_for_status().json()
            entries: list[Document] = found.get("entries", [])
            return entries if len(entries) >= least else []

        return wait_until(read, what=f"{least} log entries: {wanted}")

    def requests(self, service: str, *, least: int = 1, also: str = "") -> list[Document]:
        """The entries of a service's request log."""
        log = f"projects/{self.project}/logs/run.googleapis.com%2Frequests"
        wanted = f'logName="{log}" resource.labels.service_name="{service}" {also}'
        return self.entries(wanted, least=least)


def condition(resource: Document, kind: str) -> Document:
    """The one condition of that kind."""
    found: Document = next(one for one in resource["conditions"] if one["type"] == kind)
    return found


def made_secret(run: Run, *values: str) -> str:
    """The name of a new secret with these versions."""
    name = fresh("secret")
    root = f"/v1/projects/{run.project}/secrets"
    body: Document = {"replication": {"automatic": {}}}
    run.http.post(root, params={"secretId": name}, json=body).raise_for_status()
    for value in values:
        data = {"payload": {"data": base64.b64encode(value.encode()).decode()}}
        run.http.post(f"{root}/{name}:addVersion", json=data).raise_for_status()
    return name
