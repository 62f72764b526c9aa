"""Asking a revision over HTTP, as smoke checks do."""

import time
from datetime import timedelta
from typing import Any

import httpx

from domain.requests import OUR_AGENT
from domain.smoke import Answer

GRACE = 5.0  # seconds beyond a check's own limit after which an answer is no longer waited for


def ask(url: str, method: str, path: str, body: Any, within: timedelta) -> Answer:
    """One request, never repeated. An answer that does not come is a status of 0 that says why."""
    began = time.monotonic()
    try:
        with httpx.Client(
            headers={"User-Agent": OUR_AGENT}, timeout=within.total_seconds() + GRACE
        ) as client:
            found = client.request(method, url.rstrip("/") + path, json=body if body is not None else None)
            status, text = found.status_code, found.text
    except httpx.TransportError as error:
        status, text = 0, f"no answer ({str(error) or type(error).__name__})"
    return Answer(status, text, timedelta(seconds=time.monotonic() - began))
