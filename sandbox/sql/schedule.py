"""When a backup is taken by itself, and which of those are no longer kept."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sandbox.kernel.state import Document

WINDOW = timedelta(hours=4)  # in which an automated backup begins; here it begins as soon as it can
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


def surplus(runs: Sequence[Document], kept: int) -> list[Document]:
    """The automated runs beyond the newest `kept` that succeeded; runs come newest first."""
    automated = [one for one in runs if one["body"]["type"] == "AUTOMATED"]
    return [one for one in automated if one["body"]["status"] == "SUCCESSFUL"][kept:]
