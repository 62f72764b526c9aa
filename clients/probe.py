"""Asking a revision over HTTP, as smoke checks do."""

import time
from datetime import timedelta
from typing import Any

import httpx

from domain.requests import OUR_AGENT
from domain.smoke import Answer

GRACE = 5.0  # seconds beyond a check's own limit after which an answer is no longer waited for


def ask(
    url: str,
    method: str,
    path: str,
    body: Any,
    within: timedelta,
    *,
    grace: float = GRACE,
    client: httpx.Client | None = None,
) -> Answer:
    """One request, never repeated. An answer that does not come is a status of 0 that says why.

    It is waited for so long, and `grace` seconds more. `client`: for who asks often; see `asking`.
    """
    if client is None:
        with asking() as own:
            return ask(url, method, path, body, within, grace=grace, client=own)
    began = time.monotonic()
    try:
        found = client.request(
            method,
            url.rstrip("/") + path,
            json=body if body is not None else None,
            timeout=within.total_seconds() + grace,
        )
        status, text = found.status_code, found.text
    except httpx.TransportError as error:
        status, text = 0, f"no answer ({str(error) or type(error).__name__})"
    return Answer(status, text, timedelta(seconds=time.monotonic() - began))


def asking() -> httpx.Client:
    """A client to ask with, to be closed. Each request has a connection of its own, as a new user's."""
    return httpx.Client(headers={"User-Agent": OUR_AGENT}, limits=httpx.Limits(max_keepalive_connections=0))
