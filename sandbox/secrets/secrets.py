"""Secrets, and the one thing other systems want of them: their contents."""

import base64
import re
import uuid

from sandbox.kernel.clock import stamp
from sandbox.kernel.errors import not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.secrets import errors
from sandbox.secrets.versions import Versions

ID = re.compile(r"[a-zA-Z_0-9-]{1,255}")
CHANGEABLE = {"labels", "annotations"}
KEPT = {"labels", "annotations", "replication"}


class Secrets:
    """Secret Manager. Resources are named with the project's number, whatever the caller named them with."""

    def __init__(self, kernel: Kernel) -> None:
        self.settings = kernel.settings
        self._state = kernel.state
        self._kept = kernel.state.collection("secret")
        self.versions = Versions(kernel.state.collection("secret_version"))

    async def start(self) -> None:
        """Nothing runs behind it."""

    async def stop(self) -> None:
        """Nothing runs behind it."""

    def access(self, secret: str, version: str) -> bytes:
        """The payload of a version (a number, or `latest`) of a secret (its id, or its full name).

        Raises RpcError as the API answers it.
        """
        return base64.b64decode(self.accessed(secret.rpartition("/")[2], version)["data"])

    def accessed(self, secret: str, version: str) -> Document:
        """The version that an access reads: enabled, or refused."""
        name = self.name(secret)
        found = self.versions.latest(secret) if version == "latest" else self.versions.get(secret, version)
        if not self._kept.get(secret) or (version == "latest" and not found):
            raise errors.no_secret_or_versions(name)
        if not found:
            raise errors.no_version(f"{name}/versions/{version}")
        if found["state"] != "ENABLED":
            raise errors.wrong_state(self.version_name(found), found["state"])
        return found

    def create(self, secret: str, body: Document) -> Document:
        if not ID.fullmatch(secret):
            raise errors.bad_id(secret)
        replication = body.get("replication", {})
        if "userManaged" in replication:
            raise not_emulated("userManaged replication")
        if "automatic" not in replication:
            raise errors.invalid("secret.replication is missing.")
        if unknown := body.keys() - KEPT - {"name"}:
            raise not_emulated(f"{', '.join(sorted(unknown))} of a secret")
        if self._kept.get(secret):
            raise errors.secret_exists(self.name(secret))
        record = {"id": secret, "created": stamp(), "last": 0, "etag": _etag()}
        return self._keep(record | {"body": {field: body[field] for field in KEPT & body.keys()}})

    def get(self, secret: str) -> Document:
        record = self._kept.get(secret)
        if not record:
            raise errors.no_secret(self.name(secret))
        return record

    def list(self) -> list[Document]:
        """Newest first."""
        return sorted(self._kept.list(), key=lambda record: str(record["created"]), reverse=True)

    def patch(self, secret: str, body: Document, fields: set[str]) -> Document:
        record = self.get(secret)
        _check_etag(record, body.get("etag"))
        if not fields:
            raise errors.invalid("update_mask is missing.")
        if other := fields - CHANGEABLE:
            raise not_emulated(f"Changing {', '.join(sorted(other))} of a secret")
        kept = {name: value for name, value in record["body"].items() if name not in fields}
        kept |= {name: body[name] for name in fields if body.get(name)}
        return self._keep(record | {"body": kept, "etag": _etag()})

    def delete(self, secret: str, etag: str | None) -> None:
        """The secret and all its versions, at once and for good."""
        _check_etag(self.get(secret), etag)
        with self._state.transaction():
            self.versions.delete_all(secret)
            self._kept.delete(secret)

    def add_version(self, secret: str, payload: Document) -> Document:
        record = self.get(secret)
        with self._state.transaction():
            version = self.versions.add(secret, record["last"] + 1, payload)
            self._keep(record | {"last": version["number"]})
        return version

    def version(self, secret: str, number: str) -> Document:
        self.get(secret)
        found = self.versions.latest(secret) if number == "latest" else self.versions.get(secret, number)
        if not found:
            raise errors.no_version(f"{self.name(secret)}/versions/{number}")
        return found

    def name(self, secret: str) -> str:
        return f"projects/{self.settings.number}/secrets/{secret}"

    def version_name(self, version: Document) -> str:
        return f"{self.name(version['secret'])}/versions/{version['number']}"

    def resource(self, record: Document) -> Document:
        """As the API tells it."""
        told: Document = {
            "name": self.name(record["id"]),
            "createTime": record["created"],
            "etag": record["etag"],
        }
        return {**told, **record["body"]}

    def _keep(self, record: Document) -> Document:
        self._kept.put(record["id"], record)
        return record


def _check_etag(record: Document, etag: str | None) -> None:
    if etag and etag != record["etag"]:
        raise errors.stale(etag)


def _etag() -> str:
    return f'"{uuid.uuid4().hex[:14]}"'
