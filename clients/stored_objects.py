"""What Cloud Storage knows of an object, without its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clients.environment import Environment
from clients.patience import patient
from clients.storage_rest import ask, object_address
from domain.vault_layout import bucket_and_name, reference

FIELDS = "bucket,name,generation,size,crc32c,contentType,contentEncoding,metadata"


@dataclass(frozen=True)
class Stored:
    """One version of an object. `size` in bytes; `crc32c` as the API writes it, of the bytes as stored."""

    bucket: str
    name: str
    generation: int
    size: int
    crc32c: str
    content_type: str = ""
    content_encoding: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return reference(self.bucket, self.name)

    def same_bytes(self, other: "Stored") -> bool:
        """By size and CRC32C, which the storage reckons itself."""
        return (self.size, self.crc32c) == (other.size, other.crc32c)


@patient
def stat(env: Environment, what: str) -> Stored | None:
    """The newest version of the object of that full name (gs://BUCKET/NAME); None when there is none."""
    bucket, name = bucket_and_name(what)
    address = object_address(env, bucket, name)
    answer = ask(env, "GET", address, f"{what}: looking at it", frozenset({404}), params={"fields": FIELDS})
    return None if answer.status_code == 404 else stored(answer.json())


def stored(found: dict[str, Any]) -> Stored:
    """Of the API's Object."""
    return Stored(
        bucket=found["bucket"],
        name=found["name"],
        generation=int(found["generation"]),
        size=int(found["size"]),
        crc32c=found["crc32c"],
        content_type=found.get("contentType", ""),
        content_encoding=found.get("contentEncoding", ""),
        metadata=found.get("metadata", {}),
    )
