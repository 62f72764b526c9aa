"""An upload of the XML API in numbered parts (https://cloud.google.com/storage/docs/multipart-uploads)."""

import base64
from dataclasses import asdict, dataclass

from sandbox.kernel.state import Document
from sandbox.storage.object import Destination


@dataclass(frozen=True)
class Part:
    """One part that was received whole: its bytes are on disk, in a file of its own."""

    number: int
    file: str
    size: int
    md5: str  # base64
    crc32c: str  # base64
    modified: str

    @property
    def etag(self) -> str:
        return f'"{self.md5_hex}"'

    @property
    def md5_hex(self) -> str:
        return base64.b64decode(self.md5).hex()


@dataclass(frozen=True)
class MultipartUpload:
    """One under way, for what object. Nothing but its end, its abortion or a lifecycle rule ends it."""

    id: str
    to: Destination
    initiated: str

    @classmethod
    def of(cls, document: Document) -> "MultipartUpload":
        return cls(**{**document, "to": Destination.of(document["to"])})

    def document(self) -> Document:
        return asdict(self)
