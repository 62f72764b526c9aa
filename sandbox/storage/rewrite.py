"""A rewrite in several calls: how far it has come, carried from call to call by its token."""

import base64
import binascii
import json
from dataclasses import asdict, dataclass, replace

from sandbox.kernel.state import Document
from sandbox.storage.errors import invalid

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Rewrite:
    """Of one generation of a source to one destination."""

    source: str
    destination: str
    generation: int
    done: int = 0

    @classmethod
    def of(cls, token: str, source: str, destination: str) -> "Rewrite":
        """The one of that token; 400 when it is for another source or destination."""
        try:
            found = cls(**json.loads(base64.urlsafe_b64decode(token)))
        except (ValueError, TypeError, binascii.Error) as error:
            raise invalid("Invalid rewriteToken.") from error
        if (found.source, found.destination) != (source, destination):
            raise invalid("Invalid rewriteToken.")
        return found

    def further(self, size: int, at_most: int | None) -> "Rewrite":
        """One call on. Without a limit the rest is done at once, as it is within one location."""
        if at_most is not None and (at_most < MEBIBYTE or at_most % MEBIBYTE):
            raise invalid("maxBytesRewrittenPerCall must be an integral multiple of 1 MiB.")
        return replace(self, done=size if at_most is None else min(size, self.done + at_most))

    def resource(self, size: int, made: Document | None) -> Document:
        """The API's RewriteResponse; with a token until the object is made."""
        token = base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()
        return {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": str(self.done),
            "objectSize": str(size),
            "done": made is not None,
            **({"resource": made} if made else {"rewriteToken": token}),
        }
