"""What bytes add up to, as they pass: their number, their SHA-256, and CRC32C as Cloud Storage writes it."""

import base64
import hashlib
from typing import Any

from google_crc32c import Checksum


class Sums:
    """The sums of all that was added so far."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._crc32c: Any = Checksum()  # type: ignore[no-untyped-call]

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self._sha256.update(piece)
        self._crc32c.update(piece)

    @property
    def sha256(self) -> str:
        """In hexadecimal, as manifests have it."""
        return self._sha256.hexdigest()

    @property
    def crc32c(self) -> str:
        """Base64 of its four bytes, the highest first (https://cloud.google.com/storage/docs/data-validation)."""
        return base64.b64encode(self._crc32c.digest()).decode()
