"""The one family of errors that clients raise: what happened, to what, what to do next, and if to retry."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption
from googleapiclient.errors import HttpError
from requests import RequestException, Response


class ClientError(Exception):
    """A call that did not succeed. `transient`: the same call may succeed a moment later."""

    transient = False

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(f"{what}; {hint}" if hint else what)
        self.what = what
        self.hint = hint


class Unavailable(ClientError):
    """The other side is not there, is overloaded, or its answer was lost."""

    transient = True


class NotFound(ClientError):
    """There is no such thing."""


class AlreadyThere(ClientError):
    """There is such a thing already, or it is busy (HTTP 409)."""


class PreconditionFailed(ClientError):
    """It changed since it was read (HTTP 412)."""


class Denied(ClientError):
    """The credentials do not allow it, or are no longer good."""


class Rejected(ClientError):
    """The other side does not accept what was asked."""


class Corrupted(Rejected):
    """What was read is not what the storage says was written."""


TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
KINDS: dict[int, type[ClientError]] = {
    404: NotFound,
    409: AlreadyThere,
    412: PreconditionFailed,
    401: Denied,
    403: Denied,
}
HINTS = {
    Denied: "check the service account's roles, and whether its credentials have expired",
    Unavailable: "it may be over in a moment; run it again",
}


def by_status(status: int, what: str) -> ClientError:
    """The error of an HTTP status."""
    kind = Unavailable if status in TRANSIENT else KINDS.get(status, Rejected)
    return kind(what, HINTS.get(kind, ""))


def is_transient(error: BaseException) -> bool:
    return isinstance(error, ClientError) and error.transient


@contextmanager
def told(what: str) -> Iterator[None]:
    """Whatever a vendor's library raises inside becomes a ClientError that begins with `what`."""
    try:
        yield
    except api.GoogleAPICallError as error:
        said = message_of(error.response) if isinstance(error.response, Response) else error.message
        raise by_status(error.code or 503, f"{what}: {said}") from error
    except HttpError as error:
        raise by_status(error.status_code, f"{what}: {error.reason.rstrip('.')}") from error
    except auth.TransportError as error:
        raise Unavailable(f"{what}: no answer ({_cause(error)})", HINTS[Unavailable]) from error
    except auth.GoogleAuthError as error:
        raise Denied(f"{what}: {error}", HINTS[Denied]) from error
    except DataCorruption as error:
        raise Corrupted(f"{what}: its checksum is not that of its bytes", "read a copy") from error
    except RequestException as error:
        place = f" from {urlsplit(str(error.request.url)).netloc}" if error.request else ""
        raise Unavailable(f"{what}: no answer{place} ({_cause(error)})", HINTS[Unavailable]) from error


def message_of(answer: Response) -> str:
    """What an API says in an answer that is an error; of one that is not an API's, what HTTP says."""
    try:
        return str(answer.json()["error"]["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code} {answer.reason}"


def _cause(error: BaseException) -> str:
    """The plain cause within layers of wrapping."""
    inner: BaseException | None = error
    while inner:
        error, within = inner, (*inner.args, getattr(inner, "reason", None))
        inner = next((one for one in within if isinstance(one, BaseException)), None)
    text = str(error).rpartition("): ")[2].removeprefix("Failed to establish a new connection: ")
    return text or type(error).__name__
