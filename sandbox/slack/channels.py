"""Channels: found by id or by name, and made when one is posted to by a new name."""

import re

from sandbox.kernel.errors import SlackError
from sandbox.kernel.state import Document, State
from sandbox.slack.bots import identity

NAME = re.compile(r"#?([a-z0-9_-]{1,80})")
ID = re.compile(r"[CDGU][A-Z0-9]{8,}")


class Channels:
    """All channels of the workspace."""

    def __init__(self, state: State) -> None:
        self._kept = state.collection("slack_channel")

    def list(self) -> list[Document]:
        return sorted(self._kept.list(), key=lambda channel: str(channel["name"]))

    def get(self, identifier: str) -> Document:
        """The channel of that id. SlackError for a name: only chat.postMessage takes one.

        https://github.com/slackapi/python-slack-sdk/issues/696
        """
        channel = self._kept.get(identifier)
        if channel is None:
            raise SlackError("channel_not_found")
        return channel

    def open(self, channel: str) -> Document:
        """The channel of that id or name; one of a new name is made."""
        if ID.fullmatch(channel):
            return self.get(channel)
        match = NAME.fullmatch(channel)
        if not match:
            raise SlackError("channel_not_found")
        document = {"id": identity("C", match[1]), "name": match[1]}
        self._kept.put(document["id"], document)
        return document
