"""When a backup is taken by itself, and which of those are no longer kept."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sandbox.kernel.clock import instant
from sandbox.kernel.state import Document

WINDOW = timedelta(hours=4)  # in which an automated backup begins; here it begins as soon as it can
PAUSE = timedelta(minutes=1)
START = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def window(start_time: str, now: datetime) -> datetime | None:
    """When the window began that this instant lies in, by a start such as 23:30, in UTC."""
    hour, minute = map(int, start_time.split(":"))
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    for began in (today, today - timedelta(days=1)):
        if began <= now < began + WINDOW:
            return began
    return None


def number(began: datetime) -> str:
    """The id of the automated run of a window: its first millisecond and one, as seen of the real API.

    https://github.com/raisely/cloudsql-restore: windowStartTime 2020-07-24T14:00:00Z, id 1595599200001.
    """
    return str(int(began.timestamp() * 1000) + 1)


def due(record: Document, runs: Sequence[Document], now: datetime) -> datetime | None:
    """The beginning of the window to back the instance up for, or None; runs come newest first.

    Beside the daily one a backup is due, at once, when a recovery log has begun: it has nothing to go on
    from. One that failed is tried again after a pause.
    """
    wanted = record["settings"]["backupConfiguration"]
    if not wanted["enabled"]:
        return None
    began = window(wanted["startTime"], now)
    if began and all(one["body"]["id"] != number(began) for one in runs):
        return began
    beside = [one for one in runs if one["log"] == record["log"]]
    tried = beside and (
        beside[0]["body"]["status"] != "FAILED" or instant(beside[0]["body"]["enqueuedTime"]) > now - PAUSE
    )
    return None if tried or not record["log"] else now


def surplus(runs: Sequence[Document], kept: int) -> list[Document]:
    """The automated runs beyond the newest `kept` that succeeded; runs come newest first."""
    automated = [one for one in runs if one["body"]["type"] == "AUTOMATED"]
    return [one for one in automated if one["body"]["status"] == "SUCCESSFUL"][kept:]
