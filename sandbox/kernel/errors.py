"""The forms in which an API tells an error: Google's two, and Slack's."""

import re
from http import HTTPStatus
from typing import Any

STATUS_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}

RPC_CODES = {  # google.rpc.Code, which operations carry
    "CANCELLED": 1,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "OUT_OF_RANGE": 11,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}


OLDER = re.compile(  # paths of Cloud Storage and of Cloud SQL Admin
    "/(storage|upload|resumable|download|sql)/|/v1/(flags|projects/[^/]+/(instances|operations|backups))"
)


class ApiError(Exception):
    """An answer that is an error. `code` is the HTTP status, `body()` what goes over the wire."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        raise NotImplementedError


class RpcError(ApiError):
    """The form of the newer APIs (Cloud Run, Logging, Secret Manager, Cloud Build): a named status."""

    def __init__(self, status: str, message: str, details: list[dict[str, Any]] | None = None) -> None:
        super().__init__(STATUS_CODES[status], message)
        self.status = status
        self.details = details or []

    @property
    def rpc(self) -> dict[str, Any]:
        """The google.rpc.Status that a long-running operation carries."""
        return {"code": RPC_CODES[self.status], "message": self.message}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


class ReasonError(ApiError):
    """The form of the older APIs (Cloud Storage, Cloud SQL Admin): a reason in a domain, no status."""

    def __init__(self, code: int, reason: str, message: str, **where: str) -> None:
        super().__init__(code, message)
        self.reason = reason
        self.where = where

    def body(self) -> dict[str, Any]:
        detail = {"message": self.message, "domain": "global", "reason": self.reason, **self.where}
        return {"error": {"code": self.code, "message": self.message, "errors": [detail]}}


class SlackError(ApiError):
    """Slack's form: a word, under HTTP 200 unless it is the platform itself that refuses."""

    def __init__(self, word: str, faults: tuple[str, ...] = (), code: int = 200) -> None:
        super().__init__(code, word)
        self.faults = faults

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error": self.message}
        if self.faults:
            messages = [f"[ERROR] {fault}" for fault in self.faults]
            body |= {"errors": [*self.faults], "response_metadata": {"messages": messages}}
        return body


class CannotStart(Exception):
    """The sandbox, or a system of it, cannot start: what is wrong, and what to do about it."""


def refusal(code: int, message: str, path: str) -> ApiError:
    """An error of that HTTP status in the form of the API that owns the path."""
    if path.startswith("/slack/"):
        words = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}
        return SlackError(words.get(code, "fatal_error"), code=code)
    if OLDER.match(path):
        reasons = {400: "invalid", 403: "forbidden", 404: "notFound", 429: "rateLimitExceeded",
                   501: "notImplemented", 503: "backendError"}  # fmt: skip
        return ReasonError(code, reasons.get(code, "backendError"), message)
    by_code = {number: status for status, number in reversed(STATUS_CODES.items())}
    error = RpcError(by_code.get(code, "INTERNAL"), message)
    error.code = code
    return error


def owned(error: ApiError, path: str) -> ApiError:
    """The error in the form of the API that owns the path: what all share refuses in the newer one."""
    in_form = isinstance(error, RpcError) and OLDER.match(path)
    return refusal(error.code, error.message, path) if in_form else error


def not_emulated(what: str) -> RpcError:
    """What the sandbox does not stand in for: said, never made up."""
    return RpcError("UNIMPLEMENTED", f"{what} is not emulated by the sandbox; see sandbox/README.md.")


def reason_phrase(code: int) -> str:
    """The HTTP reason of a status, or the empty text."""
    return HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else ""
