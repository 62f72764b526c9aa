"""Slack: one message, and what is said in its thread."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from clients.environment import Environment
from clients.errors import ClientError, NotFound, Rejected, Unavailable
from clients.secret_versions import read_secret
from domain.messages import Message

RUN = "muster_run"  # the kind of a message's metadata, which people do not see
CLOCKS_APART = timedelta(minutes=10)  # at most, between ours and Slack's
LONGEST = 3000  # characters of a text in a block
PAGE = 200  # items of a list asked for at once
TIMEOUT = 5  # seconds for a call: nobody waits for Slack


class RateLimited(Unavailable):
    """Slack asks for a pause of so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack: rate limited for {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Place:
    """Where a message is: its channel's id and its timestamp."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Posted:
    """The message of a run, as it stands in Slack."""

    place: Place
    run: str
    text: str  # its title and its first line
    blocks: list[dict[str, Any]]

    @property
    def title(self) -> str:
        return next((block["text"]["text"] for block in self.blocks if block["type"] == "header"), "")

    @property
    def at(self) -> datetime:
        """When it was posted, by Slack's clock."""
        return datetime.fromtimestamp(float(self.place.ts), UTC)


class Slack:
    """An environment's channel. Its calls raise ClientErrors at once; when to try again is the caller's."""

    def __init__(self, env: Environment) -> None:
        assert env.slack
        self._channel = env.slack.channel
        base = f"{env.endpoints.slack}/api/" if env.endpoints.slack else WebClient.BASE_URL
        token = read_secret(env, env.slack.token)
        self._client = WebClient(token, base_url=base, timeout=TIMEOUT, retry_handlers=[])  # may post twice

    def post(self, message: Message) -> Place:
        """A new message; where it stands."""
        answer = self._call(
            "chat_postMessage",
            channel=self._channel,
            text=_fallback(message),
            blocks=_blocks(message),
            unfurl_links=False,
            metadata={"event_type": RUN, "event_payload": {"id": message.run}},
        )
        return Place(answer["channel"], answer["ts"])

    def places(self, message: Message) -> list[Place]:
        """Where messages of that run stand, whoever posted them, oldest first.

        Rejected without the scopes channels:read and channels:history (groups: for a private channel).
        """
        channel = self._channel_id()
        if channel is None:  # where the bot has posted it is a member
            return []
        since = message.since - CLOCKS_APART if message.since else None
        return [each.place for each in self._posted(channel, since) if each.run == message.run][::-1]

    def posted_since(self, since: datetime) -> list[Posted]:
        """The runs' messages in the channel, newest first. Rejected as `find` is."""
        channel = self._channel_id()
        return list(self._posted(channel, since)) if channel else []

    def update(self, place: Place, message: Message) -> None:
        """The message anew, in its place."""
        self._call(
            "chat_update",
            channel=place.channel,
            ts=place.ts,
            text=_fallback(message),
            blocks=_blocks(message),
        )

    def retell(self, posted: Posted, text: str) -> None:
        """The same message, but for what it says of how far its run is."""
        blocks = [
            {**block, "text": {**block["text"], "text": _unbroken(text)[:LONGEST]}}
            if block["type"] == "section"
            else block
            for block in posted.blocks
        ]
        fallback = f"{posted.title}: {text}"[:LONGEST]
        place = posted.place
        self._call("chat_update", channel=place.channel, ts=place.ts, text=fallback, blocks=blocks)

    def delete(self, place: Place) -> None:
        """The message goes; nothing happens where it is gone."""
        with suppress(NotFound):
            self._call("chat_delete", channel=place.channel, ts=place.ts)

    def reply(self, place: Place, text: str) -> None:
        """A word in the message's thread."""
        self._call(
            "chat_postMessage",
            channel=place.channel,
            thread_ts=place.ts,
            text=_unbroken(text)[:LONGEST],
            unfurl_links=False,
        )

    def _posted(self, channel: str, since: datetime | None) -> Iterator[Posted]:
        oldest = str(since.timestamp()) if since else None
        history = {"channel": channel, "oldest": oldest, "include_all_metadata": True, "limit": PAGE}
        for one in self._all("conversations_history", "messages", **history):
            about = one.get("metadata", {})
            if about.get("event_type") == RUN:
                run = about.get("event_payload", {}).get("id", "")
                yield Posted(Place(channel, one["ts"]), run, one.get("text", ""), one.get("blocks", []))

    def _channel_id(self) -> str | None:
        """Only chat.postMessage takes a channel by its name."""
        name = self._channel.removeprefix("#")
        types = "public_channel,private_channel"
        mine = self._all("users_conversations", "channels", types=types, limit=PAGE)
        return next((one["id"] for one in mine if name in {one["name"], one["id"]}), None)

    def _all(self, method: str, of: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            answer = self._call(method, cursor=cursor or None, **arguments)
            yield from answer[of]
            cursor = answer.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return

    def _call(self, method: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, method)(**arguments)
        except SlackApiError as error:
            raise _told(method, error) from error
        except (SlackClientError, OSError) as error:
            raise Unavailable(f"Slack: no answer ({error})") from error


def _unbroken(text: str) -> str:
    """Figures that stay with their units at the end of a line."""
    return re.sub(r"(\d) (%|s|min|h)\b|(\d) %", lambda match: match[0].replace(" ", "\u00a0"), text)


def _fallback(message: Message) -> str:
    """What notifications show."""
    return f"{message.title}: {message.text.splitlines()[0]}"[:LONGEST]


def _blocks(message: Message) -> list[dict[str, Any]]:
    """The message in Block Kit (https://docs.slack.dev/reference/block-kit/blocks)."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": message.title[:150]}},
        {"type": "section", "text": {"type": "mrkdwn", "text": _unbroken(message.text)[:LONGEST]}},
    ]
    if message.links:
        buttons = [
            {
                "type": "button",
                "text": {"type": "plain_text", "text": name},
                "url": url,
                "action_id": name.lower(),
            }
            for name, url in message.links
        ]
        blocks.append({"type": "actions", "elements": buttons})
    context = {"type": "mrkdwn", "text": message.context[:LONGEST]}
    blocks.append({"type": "context", "elements": [context]})
    return blocks


def _told(method: str, error: SlackApiError) -> ClientError:
    status = error.response.status_code
    if status == 429:
        return RateLimited(float(error.response.headers.get("Retry-After", 1)))
    reason = error.response.get("error") if isinstance(error.response.data, dict) else status
    if status >= 500:
        return Unavailable(f"Slack: {method}: {reason}")
    if reason == "message_not_found":
        return NotFound(f"Slack: {method}: {reason}")
    return Rejected(f"Slack: {method}: {reason}", "check the token's scopes and the channel's name")
