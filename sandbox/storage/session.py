"""A resumable upload: bytes that arrive in pieces, over several connections and starts of the sandbox.

https://cloud.google.com/storage/docs/performing-resumable-uploads; what it answers where that page is silent
was taken from googleapis/java-storage (ITJsonResumableSessionPutTaskTest) and floci-io/floci-gcp#132.
"""

from dataclasses import asdict, dataclass
from typing import Literal

from sandbox.kernel.state import Document
from sandbox.storage.checksums import Expected
from sandbox.storage.object import Destination, Object

QUANTUM = 256 << 10  # bytes: what is kept of an unfinished upload is a multiple of it


class Unacceptable(Exception):
    """What the upload server refuses in plain text, before the API has seen it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Session:
    """What is kept of an upload. Its bytes are in a file of the same id."""

    id: str
    to: Destination
    expected: Expected
    started: float
    state: Literal["open", "finished", "cancelled", "failed"] = "open"
    made: Object | None = None

    @classmethod
    def of(cls, document: Document) -> "Session":
        made = document["made"]
        return cls(
            **{
                **document,
                "to": Destination.of(document["to"]),
                "expected": Expected(**document["expected"]),
                "made": Object.of(made) if made else None,
            }
        )

    def document(self) -> Document:
        return asdict(self)
