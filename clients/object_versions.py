"""Objects with all their versions: what keeps them, and deleting them for good.

A vault is versioned: what is deleted by its name alone goes on as a noncurrent version, which nobody sees and
everybody pays for. So each version is deleted by its generation; where the bucket has soft delete, it can be
restored for as long as that lasts (https://docs.cloud.google.com/storage/docs/object-versioning).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from clients.environment import Environment
from clients.errors import Denied, NotFound
from clients.google import storage_address
from clients.pages import object_pages
from clients.patience import patient
from clients.rest_call import ask
from domain.vault_layout import bucket_and_name, reference

FIELDS = "name,generation,retentionExpirationTime,temporaryHold,eventBasedHold"
HOLDS = {"temporaryHold": "temporary hold", "eventBasedHold": "event-based hold"}


@dataclass(frozen=True)
class Version:
    """One version of an object, and what keeps it: the end of its retention, and its holds."""

    bucket: str
    name: str
    generation: int
    locked_until: datetime | None
    holds: tuple[str, ...]

    @property
    def reference(self) -> str:
        return reference(self.bucket, self.name)


class Kept(Denied):
    """A retention or a hold keeps the object: it can be deleted later."""

    def __init__(self, version: Version) -> None:
        until = f"{version.locked_until:%Y-%m-%d %H:%M UTC}" if version.locked_until else ""
        by = " and ".join([*version.holds, *([f"a retention until {until}"] if until else [])])
        super().__init__(f"{version.reference}: it is kept by {by}", "the first run after that deletes it")
        self.version = version


@patient
def list_versions(env: Environment, bucket: str, prefix: str, page: int = 1000) -> list[Version]:
    """Every version of every object under the prefix, by name, under each name the oldest first. `page`: how
    many are asked for at once."""
    listed = object_pages(env, bucket, prefix, FIELDS, versions="true", maxResults=str(page))
    found = [_version(bucket, item) for items, _ in listed for item in items]
    return sorted(found, key=lambda version: (version.name, version.generation))


def delete_for_good(env: Environment, object_reference: str) -> None:
    """Delete an object with all its versions, the newest last; what is gone already is gone.

    Raises:
        Kept: a retention or a hold keeps a version of it. What was older is gone.
        ValueError: the reference names no object.
    """
    bucket, name = bucket_and_name(object_reference)
    for version in list_versions(env, bucket, name):
        if version.name == name:
            delete_version(env, version)


@patient
def delete_version(env: Environment, version: Version) -> None:
    """Delete one version for good; what is gone already is gone.

    Raises:
        Kept: a retention or a hold keeps it.
    """
    address = f"{storage_address(env)}/storage/v1/b/{version.bucket}/o/{quote(version.name, safe='')}"
    params = {"generation": str(version.generation)}
    what = f"{version.reference}: deleting it"
    try:
        ask(env, "DELETE", address, what, params=params)
    except NotFound:
        return
    except Denied as error:
        kept = _what_keeps(env, address, version)
        if kept:
            raise Kept(kept) from error
        raise


def _what_keeps(env: Environment, address: str, version: Version) -> Version | None:
    """The version as it is now, when something keeps it: Google tells that by its texts only."""
    params = {"generation": str(version.generation), "fields": FIELDS}
    answer = ask(env, "GET", address, f"{version.reference}: looking at it", params=params)
    found = _version(version.bucket, answer.json())
    locked = found.locked_until is not None and found.locked_until > parsedate_to_datetime(
        answer.headers["Date"]
    )
    return found if locked or found.holds else None


def _version(bucket: str, item: dict[str, Any]) -> Version:
    until = item.get("retentionExpirationTime")
    return Version(
        bucket,
        item["name"],
        int(item["generation"]),
        datetime.fromisoformat(until).astimezone(UTC) if until else None,
        tuple(text for field, text in HOLDS.items() if item.get(field)),
    )
