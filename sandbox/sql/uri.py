"""Where an export goes, and where an import comes from."""

import re
from dataclasses import dataclass

from sandbox.sql import errors

FORM = re.compile(r"gs://([^/]+)/(.+)")


@dataclass(frozen=True)
class ObjectUri:
    """gs://BUCKET/NAME."""

    bucket: str
    name: str

    @classmethod
    def parsed(cls, text: str) -> "ObjectUri":
        match = FORM.fullmatch(text)
        if not match:
            raise errors.invalid(f"{text!r} is not a valid Cloud Storage URI.")  # text unverified
        return cls(match[1], match[2])

    @property
    def compressed(self) -> bool:
        return self.name.endswith(".gz")
