"""The channel as a person sees it."""

import uuid
from html import escape

from sandbox.kernel.state import Document
from sandbox.slack.feed import channel_list, feed
from sandbox.slack.methods import Methods

SHOWN = 200  # threads


class Inbox:
    """What the page shows, and a version by which it knows whether that has changed."""

    def __init__(self, methods: Methods) -> None:
        self._methods = methods
        self._started = uuid.uuid4().hex[:8]

    @property
    def version(self) -> str:
        return f"{self._started}-{self._methods.changes}"

    def show(self, wanted: str | None) -> Document:
        """That channel, by name or by id; without one, the channel that was posted to last."""
        channels = self._methods.channels.list()
        messages = self._methods.messages
        if wanted is None:
            found = max(channels, key=lambda channel: messages.latest(channel["id"]), default=None)
        else:
            found = next((one for one in channels if wanted in {one["id"], one["name"]}), None)
        name = found["name"] if found else wanted or ""
        threads = messages.threads(found["id"])[-SHOWN:] if found else []
        return {
            "version": self.version,
            "channel": escape(name),
            "channels": channel_list(channels, name),
            "feed": feed(threads),
        }
