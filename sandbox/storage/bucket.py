"""A bucket: what is known of it, and how the API shows it."""

import base64
import re
from dataclasses import asdict, dataclass

from sandbox.kernel.state import Document
from sandbox.storage.errors import invalid

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
LONGEST_LABEL = 63  # of a name without dots; one with dots may have more of them
CONTINENTS = {"US", "EU", "ASIA"}


@dataclass(frozen=True)
class Bucket:
    """A bucket, which anyone may read and write: the sandbox knows no permissions."""

    name: str
    generation: int
    metageneration: int
    created: str
    updated: str
    fields: Document

    @classmethod
    def of(cls, document: Document) -> "Bucket":
        return cls(**document)

    def document(self) -> Document:
        return asdict(self)

    @property
    def versioned(self) -> bool:
        return bool(self.fields.get("versioning", {}).get("enabled"))

    @property
    def storage_class(self) -> str:
        return str(self.fields["storageClass"])

    @property
    def etag(self) -> str:
        return base64.b64encode(str(self.metageneration).encode()).decode()

    def resource(self, origin: str, project_number: str) -> Document:
        """The API's Bucket."""
        location = self.fields["location"]
        return {
            "kind": "storage#bucket",
            "id": self.name,
            "selfLink": f"{origin}/storage/v1/b/{self.name}",
            "name": self.name,
            "projectNumber": project_number,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "etag": self.etag,
            "timeCreated": self.created,
            "updated": self.updated,
            "locationType": _location_type(location),
            "softDeletePolicy": {"retentionDurationSeconds": "0", "effectiveTime": self.created},
            **self.fields,
        }


def check_name(name: str) -> str:
    """400 unless a bucket may have that name (https://cloud.google.com/storage/docs/buckets#naming)."""
    if not NAME.fullmatch(name) or any(len(label) > LONGEST_LABEL for label in name.split(".")):
        raise invalid(f"Invalid bucket name: '{name}'")
    return name


def _location_type(location: str) -> str:
    if location in CONTINENTS:
        return "multi-region"
    return "region" if "-" in location else "dual-region"
