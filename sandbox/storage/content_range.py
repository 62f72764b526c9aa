"""Content-Range, as a resumable upload uses it."""

import re
from dataclasses import dataclass

from sandbox.storage.session import Unacceptable

FORM = re.compile(r"bytes (?:(\d+)-(\d+|\*)|\*)/(\d+|\*)")


@dataclass(frozen=True)
class ContentRange:
    """Which bytes a request carries, of how many. Without `first` it carries none: it asks, or it ends."""

    first: int | None
    last: int | None = None
    total: int | None = None
    whole: bool = False  # no header was sent: the request carries all bytes

    @classmethod
    def of(cls, header: str | None) -> "ContentRange":
        if header is None:
            return cls(0, whole=True)
        match = FORM.fullmatch(header.strip())
        if not match:
            raise Unacceptable(400, "Failed to parse Content-Range header.")
        first, last, total = (int(text) if text and text != "*" else None for text in match.groups())
        if last is not None and (last < (first or 0) or (total is not None and last >= total)):
            raise Unacceptable(400, "Failed to parse Content-Range header.")
        return cls(first, last, total)

    @property
    def length(self) -> int | None:
        return None if self.first is None or self.last is None else self.last - self.first + 1

    @property
    def is_last(self) -> bool:
        return self.whole or (self.last is not None and self.last + 1 == self.total)
