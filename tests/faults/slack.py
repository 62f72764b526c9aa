"""What a run said in Slack: its messages, each with its thread."""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.faults.ground import TOKEN
from tests.faults.place import Place

READER = "xoxb-reader-1"  # a bot of the harness's own, as channels are read by their ids alone


@dataclass(frozen=True)
class Thread:
    """A message in Slack with what was said beneath it; both as texts."""

    message: str
    replies: tuple[str, ...]

    @property
    def everything(self) -> str:
        return "\n".join((self.message, *self.replies))


def threads(place: Place) -> list[Thread]:
    """Muster's messages in the environment's channel, oldest first."""
    token = place.ground.read_secret(TOKEN)
    with httpx.Client(base_url=f"{place.ground.cloud.slack}/api/") as slack:

        def call(method: str, **arguments: Any) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {token}"}
            found: dict[str, Any] = slack.post(method, data=arguments, headers=headers).json()
            assert found["ok"], found
            return found

        posted = slack.post(
            "chat.postMessage",
            data={"channel": f"#{place.name}", "text": "what was said here?"},
            headers={"Authorization": f"Bearer {READER}"},
        ).json()
        channel = posted["channel"]
        own = posted["message"]["user"]
        history = call("conversations.history", channel=channel, limit=200)["messages"]
        roots = [message for message in reversed(history) if message["user"] != own]
        return [
            Thread(*_texts(call("conversations.replies", channel=channel, ts=root["ts"], limit=500)))
            for root in roots
        ]


def _texts(answer: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    message, *replies = (_text(one) for one in answer["messages"])
    return message, tuple(replies)


def _text(message: dict[str, Any]) -> str:
    parts = [message["text"]]
    parts += re.findall(r'"text": ?"((?:[^"\\]|\\.)*)"', json.dumps(message.get("blocks", [])))
    return "\n".join(part.replace("\\u00a0", " ").replace("\u00a0", " ") for part in parts)
