"""The sandbox's one clock, and how Google's APIs write an instant."""

from datetime import UTC, datetime


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
