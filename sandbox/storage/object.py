"""One version of an object: what is known of it, and how the API shows it."""

import base64
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from urllib.parse import quote

from sandbox.kernel.clock import stamp_ms
from sandbox.kernel.state import Document
from sandbox.storage.conditions import Conditions
from sandbox.storage.errors import invalid, required

LONGEST_NAME = 1024  # bytes in UTF-8
TORN = re.compile("[\ud800-\udfff]")  # half of a surrogate pair is no character


@dataclass(frozen=True)
class Content:
    """An object's bytes: in which file, how many, their checksums. A composite has components, no MD5."""

    file: str
    size: int
    crc32c: str
    md5: str | None
    components: int | None


@dataclass(frozen=True)
class Destination:
    """The object that is to be: its name, the fields set on it, and what must hold of its predecessor."""

    bucket: str
    name: str
    fields: Document
    conditions: Conditions = field(default_factory=Conditions)

    @classmethod
    def of(cls, document: Document) -> "Destination":
        return cls(**{**document, "conditions": Conditions(**document["conditions"])})


@dataclass(frozen=True)
class Object:
    """A version. It is the live one until `deleted`, the instant at which it became noncurrent."""

    bucket: str
    name: str
    generation: int
    metageneration: int
    created: str
    updated: str
    content: Content
    fields: Document
    deleted: str | None = None
    reclassed: str | None = None  # when a lifecycle rule gave it another storage class
    retained_from: str | None = None  # when an event-based hold on it was released
    soft_deleted: str | None = None
    due: str | None = None  # when one that is soft-deleted goes for good

    @classmethod
    def of(cls, document: Document) -> "Object":
        return cls(**{**document, "content": Content(**document["content"])})

    def document(self) -> Document:
        return asdict(self)

    @property
    def etag(self) -> str:
        return base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()

    @property
    def hashes(self) -> str:
        """As X-Goog-Hash tells them."""
        md5 = f",md5={self.content.md5}" if self.content.md5 else ""
        return f"crc32c={self.content.crc32c}{md5}"

    def resource(self, origin: str, retained_until: datetime | None) -> Document:
        """The API's Object, with links to the address at which the client reached us."""
        path = f"storage/v1/b/{self.bucket}/o/{quote(self.name, safe='')}"
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{origin}/{path}",
            "mediaLink": f"{origin}/download/{path}?generation={self.generation}&alt=media",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "size": str(self.content.size),
            "crc32c": self.content.crc32c,
            **({"md5Hash": self.content.md5} if self.content.md5 else {}),
            **({"componentCount": self.content.components} if self.content.components else {}),
            "etag": self.etag,
            "timeCreated": self.created,
            "updated": self.updated,
            "timeStorageClassUpdated": self.reclassed or self.created,
            "timeFinalized": self.created,
            **({"timeDeleted": self.deleted} if self.deleted else {}),
            **({"softDeleteTime": self.soft_deleted} if self.soft_deleted else {}),
            **({"hardDeleteTime": self.due} if self.due else {}),
            **({"retentionExpirationTime": stamp_ms(retained_until)} if retained_until else {}),
            **self.fields,
        }


def check_name(name: str | None) -> str:
    """400 unless an object may have that name (https://cloud.google.com/storage/docs/objects#naming)."""
    if not name:
        raise required("Required")
    if name in {".", ".."} or "\r" in name or "\n" in name or TORN.search(name):
        raise invalid(f"Disallowed unicode characters present in object name '{name!a}'")
    size = len(name.encode())
    if size > LONGEST_NAME:
        raise invalid(
            f"The maximum object length is {LONGEST_NAME} characters, "
            f"but got a name with {size} characters: '{name[:64]}...'"
        )
    return name
