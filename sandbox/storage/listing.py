"""Listing a bucket: prefixes, delimiters, pages. A page costs what is on it, however full the bucket is."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.storage.errors import invalid
from sandbox.storage.object import Object
from sandbox.storage.objects import Objects
from sandbox.storage.versions import BEYOND

MOST = 1000  # items and prefixes a page


class Place(NamedTuple):
    """From which version on, in the order of names and generations, to list."""

    name: str
    generation: int = 0

    @classmethod
    def of(cls, token: str) -> "Place":
        try:
            name, generation = json.loads(base64.urlsafe_b64decode(token))
            return cls(str(name), int(generation))
        except (ValueError, TypeError, binascii.Error) as error:
            raise invalid("Invalid pageToken.") from error

    @property
    def token(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(self).encode()).decode()


@dataclass(frozen=True)
class Page:
    """A part of a listing; where the next one starts, if there is one."""

    items: list[Object]
    prefixes: list[str]
    following: Place | None = None


@dataclass(frozen=True)
class Listing:
    """What is asked for (https://cloud.google.com/storage/docs/json_api/v1/objects/list)."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    versions: bool = False
    trailing: bool = False  # an object whose name is a prefix is an item as well
    size: int = MOST
    soft_deleted: bool = False  # instead of those that are there

    def page(self, objects: Objects, place: Place | None) -> Page:
        """Items and prefixes share the page, and what follows a prefix is skipped, not read."""
        shown = Page([], [])
        rows = self._rows(objects, place or Place(max(self.prefix, self.start)))
        while found := next(rows, None):
            group = self._group(found.name)
            is_item = group is None or (self.trailing and found.name == group)
            is_new = group is not None and group not in shown.prefixes[-1:]
            if (is_item or is_new) and len(shown.items) + len(shown.prefixes) >= self.size:
                return Page(shown.items, shown.prefixes, Place(found.name, found.generation))
            if group is not None and is_new:
                shown.prefixes.append(group)
            if is_item:
                shown.items.append(found)
            elif group is not None:
                beyond = above(group)
                if beyond is None:
                    return shown
                rows = self._rows(objects, Place(beyond))
        return shown

    def _rows(self, objects: Objects, place: Place) -> Iterator[Object]:
        bounds = [bound for bound in (above(self.prefix), self.end) if bound]
        end = min(bounds) if bounds else BEYOND
        if self.soft_deleted:
            return objects.soft_deleted_from(self.bucket, place.name, place.generation, end)
        if self.versions:
            return objects.versions.all_from(self.bucket, place.name, place.generation, end)
        return objects.versions.live_from(self.bucket, place.name, end)

    def _group(self, name: str) -> str | None:
        """The prefix under which the name is hidden, if it is."""
        at = name.find(self.delimiter, len(self.prefix)) if self.delimiter else -1
        return None if at < 0 else name[: at + len(self.delimiter)]


def above(prefix: str) -> str | None:
    """The least text above all that start with the prefix, in the order of UTF-8; None if there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)
