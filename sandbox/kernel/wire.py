"""JSON over HTTP, as the handlers of every API read and answer it."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from aiohttp import web

from sandbox.kernel.errors import RpcError
from sandbox.kernel.state import Document

Item = TypeVar("Item")

_WRITE = json.JSONEncoder(separators=(",", ":")).encode


async def json_body(request: web.Request) -> Document:
    """The request's JSON object; none at all counts as an empty one. RpcError when it is neither."""
    raw = await request.read()
    if not raw:
        return {}
    try:
        document = json.loads(raw)
    except ValueError as error:
        raise RpcError("INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from error
    if not isinstance(document, dict):
        raise RpcError("INVALID_ARGUMENT", "Invalid JSON payload received. Root element must be a message.")
    return document


def answer(document: Document, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        text=_WRITE(document),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


def page(items: Sequence[Item], size: int, token: str | None) -> tuple[Sequence[Item], str | None]:
    """At most `size` items from where the token says, and the token of what follows, if anything does."""
    start = offset(token)
    following = start + size
    return items[start:following], continuation(following) if following < len(items) else None


def page_size(asked: str | int | None, usual: int) -> int:
    """How many items a page is to have: 0 leaves it to the API, as None does. RpcError when it is no size."""
    text = str(asked or 0)
    if not (text.isascii() and text.isdecimal()):
        raise RpcError("INVALID_ARGUMENT", f"The page size is invalid: {text!r}.")
    return int(text) or usual


def continuation(position: int) -> str:
    """The page token of a place in a list."""
    return base64.urlsafe_b64encode(str(position).encode()).decode()


def offset(token: str | None) -> int:
    """The place in a list that a page token stands for; RpcError when it is not one of ours."""
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error) as error:
        raise RpcError("INVALID_ARGUMENT", "The page token is invalid.") from error


def is_true(text: str | None) -> bool:
    """A boolean of a query string: the clients write true, True and 1."""
    return (text or "").lower() in {"true", "1"}


def without_empty(document: Any) -> Any:
    """As protobuf's JSON leaves out what is zero, false or empty at the top of a message."""
    return {key: value for key, value in document.items() if value not in (None, "", 0, False, [], {})}
