"""MD5 and CRC32C, as Cloud Storage writes them: base64, CRC32C big-endian."""

import base64
import hashlib
from dataclasses import dataclass

import google_crc32c

from sandbox.kernel.state import Document
from sandbox.storage.errors import invalid


class Checksums:
    """Those of the bytes seen so far."""

    def __init__(self) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = 0

    def update(self, data: bytes) -> None:
        self._md5.update(data)
        self._crc32c = google_crc32c.extend(self._crc32c, data)

    def copy(self) -> "Checksums":
        twin = Checksums()
        twin._md5, twin._crc32c = self._md5.copy(), self._crc32c
        return twin

    @property
    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()

    @property
    def crc32c(self) -> str:
        return base64.b64encode(self._crc32c.to_bytes(4, "big")).decode()


@dataclass(frozen=True)
class Expected:
    """What an uploader says that the checksums are; None where it says nothing."""

    md5: str | None = None
    crc32c: str | None = None

    @classmethod
    def of(cls, resource: Document, header: str = "") -> "Expected":
        """From the object's resource, or from X-Goog-Hash (`crc32c=...,md5=...`)."""
        said = dict(part.strip().partition("=")[::2] for part in header.split(",") if part)
        return cls(
            resource.get("md5Hash") or said.get("md5"),
            resource.get("crc32c") or said.get("crc32c"),
        )

    def check(self, actual: Checksums) -> None:
        """400 when the bytes are others than those that were meant."""
        if self.crc32c and self.crc32c != actual.crc32c:
            raise invalid(
                f'Provided CRC32C "{self.crc32c}" doesn\'t match calculated CRC32C "{actual.crc32c}".'
            )
        if self.md5 and self.md5 != actual.md5:
            raise invalid(
                f'Provided MD5 hash "{self.md5}" doesn\'t match calculated MD5 hash "{actual.md5}".'
            )
