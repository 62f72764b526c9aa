"""Requests as the log tells of them: which count as users', whose they are, which failed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

OUR_AGENT = "muster-smoke"


@dataclass(frozen=True, slots=True)
class Request:
    """One entry of the request log. `at` is when the request began."""

    id: str
    at: datetime
    revision: str
    status: int
    url: str
    remote_ip: str
    user_agent: str

    @property
    def failed(self) -> bool:
        """A 5xx, whether the application's or the platform's in its place."""
        return self.status >= 500

    @property
    def client(self) -> str:
        """Who asked, as far as a log can tell."""
        return f"{self.remote_ip} {self.user_agent}"


def of_users(requests: Iterable[Request], tag_uris: Collection[str]) -> list[Request]:
    """Without smoke checks and without what came in by a tag's own address: neither was sent by the split."""
    prefixes = tuple(uri.rstrip("/") + "/" for uri in tag_uris)
    return [
        request
        for request in requests
        if not request.user_agent.startswith(OUR_AGENT)
        and not (prefixes and (request.url + "/").startswith(prefixes))
    ]


@dataclass(frozen=True)
class Exposure:
    """What a revision's users saw of it."""

    requests: int = 0
    errors: int = 0
    users: int = 0
    users_with_errors: int = 0


def exposure(requests: Iterable[Request]) -> dict[str, Exposure]:
    """By revision: requests, errors, and how many clients sent the ones and saw the others."""
    by_revision: dict[str, list[Request]] = {}
    for request in requests:
        by_revision.setdefault(request.revision, []).append(request)
    return {
        revision: Exposure(
            requests=len(found),
            errors=sum(request.failed for request in found),
            users=len({request.client for request in found}),
            users_with_errors=len({request.client for request in found if request.failed}),
        )
        for revision, found in by_revision.items()
    }
