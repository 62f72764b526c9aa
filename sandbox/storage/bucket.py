"""A bucket: what is known of it, and how the API shows it."""

import base64
import re
from dataclasses import asdict, dataclass
from datetime import timedelta

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
    soft_deleted: str | None = None
    due: str | None = None  # when one that is soft-deleted goes for good

    @classmethod
    def of(cls, document: Document) -> "Bucket":
        return cls(**document)

    def document(self) -> Document:
        return asdict(self)

    @property
    def versioned(self) -> bool:
        return bool(self.fields.get("versioning", {}).get("enabled"))

    @property
    def id(self) -> str:
        """What tells it from an earlier or a later one of its name."""
        return f"{self.name}#{self.generation}"

    @property
    def location(self) -> str:
        return str(self.fields["location"])

    @property
    def retention(self) -> timedelta | None:
        """How long its policy keeps each object; None without one."""
        policy = self.fields.get("retentionPolicy")
        return timedelta(seconds=int(policy["retentionPeriod"])) if policy else None

    @property
    def soft_delete(self) -> timedelta:
        """How long what is deleted can be restored; none at all where that is off."""
        policy = self.fields.get("softDeletePolicy")
        return timedelta(seconds=int(policy["retentionDurationSeconds"])) if policy else timedelta()

    @property
    def holds_by_default(self) -> bool:
        return bool(self.fields.get("defaultEventBasedHold"))

    @property
    def retains_objects(self) -> bool:
        """Whether its objects may have a retention of their own."""
        return "objectRetention" in self.fields

    @property
    def storage_class(self) -> str:
        return str(self.fields["storageClass"])

    @property
    def etag(self) -> str:
        return base64.b64encode(str(self.metageneration).encode()).decode()

    def resource(self, origin: str, project_number: str) -> Document:
        """The API's Bucket."""
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
            "locationType": _location_type(self.location),
            "softDeletePolicy": {"retentionDurationSeconds": "0"},
            **({"softDeleteTime": self.soft_deleted} if self.soft_deleted else {}),
            **({"hardDeleteTime": self.due} if self.due else {}),
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
