"""One fault: which calls it is for, and what becomes of them."""

import re
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_origin, get_type_hints

from sandbox.kernel.errors import RpcError
from sandbox.kernel.state import Document

Kind = TypeVar("Kind")

ACTIONS = ("refuse", "delay", "drop", "drop_answer", "hold", "hold_answer")


@dataclass
class Fault:
    """What happens to the next `times` calls whose method, path and body match (regular expressions)."""

    name: str
    action: str
    times: int
    method: str = ""
    path: str = ""
    body: str = ""
    about: str = ""  # in path or body, wherever a call names what it is about
    skip: int = 0  # matching calls let through first
    status: int = 503
    message: str = "The service is currently unavailable."
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    met: int = 0
    held: int = 0  # of the calls that met it, those that wait for its end just now

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action: one of {', '.join(ACTIONS)}, not {self.action!r}")
        if not 400 <= self.status <= 599:
            raise ValueError(f"status: an error's, 400 to 599, not {self.status}")
        for name in ("method", "path", "body", "about"):
            try:
                re.compile(getattr(self, name))
            except re.error as error:
                raise ValueError(f"{name}: not a regular expression: {error}") from error

    def is_for(self, method: str, path: str) -> bool:
        """Whether it is for such calls, if their body matches too."""
        return bool(
            self.times > 0 and re.fullmatch(self.method or ".*", method) and re.search(self.path, path)
        )

    def looks_into(self, path: str) -> bool:
        """Whether only the body of a call to that path tells if the call is meant."""
        return bool(self.body or (self.about and not re.search(self.about, path)))

    def matches(self, method: str, path: str, body: str) -> bool:
        return bool(
            self.is_for(method, path)
            and (not self.body or re.search(self.body, body, re.DOTALL))
            and (not self.about or re.search(self.about, path) or re.search(self.about, body, re.DOTALL))
        )


@dataclass(frozen=True)
class RevisionFault:
    """What the router adds to a revision's answers: seconds of latency, a share of 500s."""

    latency: float = 0.0
    error_rate: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.error_rate <= 1:
            raise ValueError(f"error_rate: a share, 0 to 1, not {self.error_rate}")


@dataclass(frozen=True)
class LocationFault:
    """All that is kept in a location is unavailable, in every system that has locations."""

    location: str

    def __post_init__(self) -> None:
        if not self.location:
            raise ValueError("location: the name of a region or a multi-region, not ''")


def made(kind: type[Kind], fields: Document) -> Kind:
    """A fault of these fields; RpcError (INVALID_ARGUMENT) that names the one that is wrong."""
    hints = get_type_hints(kind)
    for name, value in fields.items():
        if name not in hints:
            raise RpcError("INVALID_ARGUMENT", f"{name}: no such field; there are {', '.join(hints)}")
        if not _is_a(hints[name], value):
            raise RpcError("INVALID_ARGUMENT", f"{name}: not {value!r}")
    try:
        return kind(**fields)
    except (TypeError, ValueError) as error:
        raise RpcError("INVALID_ARGUMENT", str(error)) from error


def _is_a(hint: Any, value: Any) -> bool:
    wanted = get_origin(hint) or hint
    return not isinstance(value, bool) and isinstance(value, (int, float) if wanted is float else wanted)
