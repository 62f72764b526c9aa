"""What time it is, and how Google's APIs write an instant.

Processes that are real keep the machine's time, and so does what is written of them: `now()`. A system in
which days must be able to pass without waiting for them keeps a `Clock`.
"""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.kernel.errors import RpcError
from sandbox.kernel.state import Document, State
from sandbox.kernel.wire import answer, json_body

PATH = "/sandbox/clock"
FURTHEST = timedelta(days=366 * 100)  # longer than any retention


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def stamp(at: datetime | None = None) -> str:
    """RFC 3339 with microseconds and a Z, as Cloud Run, Cloud Logging and Secret Manager write it."""
    return (at or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stamp_ms(at: datetime | None = None) -> str:
    """RFC 3339 with milliseconds and a Z, as Cloud Storage and Cloud SQL write it."""
    return stamp(at)[:-4] + "Z"


def instant(text: str) -> datetime:
    """The instant an RFC 3339 text names; ValueError when it names none."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return at.astimezone(UTC)


class Clock:
    """The machine's time, and so much ahead of it as somebody set; kept across restarts.

    Set back, what was written meanwhile is of the future, as on any machine whose clock is set back.
    """

    def __init__(self, state: State) -> None:
        self._kept = state.collection("clock")
        document = self._kept.get("clock")
        self.ahead = timedelta(seconds=document["ahead"] if document else 0)

    def now(self) -> datetime:
        return now() + self.ahead

    def stamp_ms(self) -> str:
        return stamp_ms(self.now())

    def set(self, ahead: timedelta) -> None:
        self._kept.put("clock", {"ahead": ahead.total_seconds()})
        self.ahead = ahead

    def routes(self, app: web.Application) -> None:
        app.router.add_get(PATH, self._get)
        app.router.add_put(PATH, self._put)

    async def _get(self, _: web.Request) -> web.Response:
        return answer(self._told())

    async def _put(self, request: web.Request) -> web.Response:
        """How far ahead it is to be, in seconds: `{"ahead": 86400}`."""
        seconds = (await json_body(request)).get("ahead")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise RpcError("INVALID_ARGUMENT", f"ahead: seconds, not {seconds!r}")
        if not 0 <= seconds <= FURTHEST.total_seconds():
            raise RpcError(
                "INVALID_ARGUMENT", f"ahead: from 0 to {FURTHEST.days} days in seconds, not {seconds}"
            )
        self.set(timedelta(seconds=seconds))
        return answer(self._told())

    def _told(self) -> Document:
        return {"ahead": self.ahead.total_seconds(), "now": stamp(self.now())}
