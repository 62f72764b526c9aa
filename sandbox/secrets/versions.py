"""The numbered versions of a secret. A number is given once, also when its version is gone."""

import base64
import binascii
import uuid

import google_crc32c

from sandbox.kernel.clock import stamp
from sandbox.kernel.state import Collection, Document
from sandbox.secrets import errors

LARGEST = 64 << 10  # bytes of a payload


class Versions:
    """Versions on disk, payloads among them: the state is a file that its owner alone reads."""

    def __init__(self, kept: Collection) -> None:
        self._kept = kept

    def add(self, secret: str, number: int, payload: Document) -> Document:
        """A new enabled version; refused when the payload is not what its checksum says."""
        data, crc = _payload(payload)
        version = {
            "secret": secret,
            "number": number,
            "state": "ENABLED",
            "created": stamp(),
            "etag": _etag(),
            "data": base64.b64encode(data).decode(),
            "crc": str(crc),
            "checked": payload.get("dataCrc32c") is not None,
        }
        self._keep(version)
        return version

    def list(self, secret: str) -> list[Document]:
        """Newest first."""
        return self._kept.list(f"{secret}/")[::-1]

    def latest(self, secret: str) -> Document | None:
        """The one with the highest number, whatever its state: so access fails when that one is disabled."""
        return next(iter(self.list(secret)), None)

    def get(self, secret: str, number: str) -> Document | None:
        return self._kept.get(f"{secret}/{number:0>9}") if number.isdecimal() else None

    def turn(self, version: Document, state: str, name: str, etag: str | None) -> Document:
        """Enable, disable or destroy it. What is destroyed stays so, and its payload is gone."""
        if etag and etag != version["etag"]:
            raise errors.stale(etag)
        if version["state"] == state:
            return version
        if version["state"] == "DESTROYED":
            raise errors.wrong_state(name, "DESTROYED")
        version |= {"state": state, "etag": _etag()}
        if state == "DESTROYED":
            version |= {"destroyed": stamp(), "data": "", "crc": ""}
        self._keep(version)
        return version

    def delete_all(self, secret: str) -> None:
        for version in self.list(secret):
            self._kept.delete(_key(version))

    def _keep(self, version: Document) -> None:
        self._kept.put(_key(version), version)


def resource(version: Document, name: str) -> Document:
    """As the API tells it, without the payload."""
    resource: Document = {
        "name": name,
        "createTime": version["created"],
        "state": version["state"],
        "replicationStatus": {"automatic": {}},
        "etag": version["etag"],
    }
    if version["checked"]:
        resource["clientSpecifiedPayloadChecksum"] = True
    if version["state"] == "DESTROYED":
        resource["destroyTime"] = version["destroyed"]
    return resource


def _payload(payload: Document) -> tuple[bytes, int]:
    try:
        data = base64.b64decode(payload.get("data", ""), altchars=None, validate=True)
    except binascii.Error as error:
        raise errors.invalid(f"payload.data is not base64: {error}") from error
    if not data:
        raise errors.empty_payload()
    if len(data) > LARGEST:
        raise errors.invalid(f"payload.data is larger than {LARGEST} bytes.")
    crc = google_crc32c.value(data)
    if "dataCrc32c" in payload and int(payload["dataCrc32c"]) != crc:
        raise errors.invalid("payload.data does not match payload.data_crc32c.")
    return data, crc


def _key(version: Document) -> str:
    return f"{version['secret']}/{version['number']:09}"


def _etag() -> str:
    return f'"{uuid.uuid4().hex[:14]}"'
