"""Listings by plain REST, page by page, each with the server's time of its answer."""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from clients.environment import Environment
from clients.google import storage_address
from clients.rest_call import ask


def pages(
    env: Environment, address: str, what: str, **params: str
) -> Iterator[tuple[dict[str, Any], datetime]]:
    """Each answer of a listing, the next asked for when the one before it is read. A failure is a ClientError
    that begins with `what`."""
    while True:
        answer = ask(env, "GET", address, what, params=params)
        found = answer.json()
        yield found, parsedate_to_datetime(answer.headers["Date"])
        if not found.get("nextPageToken"):
            return
        params["pageToken"] = found["nextPageToken"]


def object_pages(
    env: Environment, bucket: str, prefix: str, fields: str, **params: str
) -> Iterator[tuple[list[dict[str, Any]], datetime]]:
    """The objects under a prefix by name, with those fields of each, at most a thousand a page."""
    address = f"{storage_address(env)}/storage/v1/b/{bucket}/o"
    what = f"gs://{bucket}/{prefix}: listing it"
    asked = {"prefix": prefix, "fields": f"items({fields}),nextPageToken", "maxResults": "1000", **params}
    for found, now in pages(env, address, what, **asked):
        yield found.get("items", []), now
