"""Messages and their threads. A message's `ts` is its name, its place in the order, and its time."""

import re

from sandbox.kernel.clock import now
from sandbox.kernel.errors import SlackError
from sandbox.kernel.state import Document, State

TOMBSTONE = "tombstone"
TS = re.compile(r"\d{10}\.\d{6}")
GONE = {
    "type": "message",
    "subtype": TOMBSTONE,
    "text": "This message was deleted.",
    "user": "USLACKBOT",
    "hidden": True,
}


class Messages:
    """What was posted, in the form the API answers it in, less what is counted from the replies."""

    def __init__(self, state: State) -> None:
        self._kept = state.collection("slack_message")
        self._last = max((_microseconds(message["ts"]) for message in self._kept.list()), default=0)

    def next_ts(self) -> str:
        """An instant later than that of any message."""
        self._last = max(self._last + 1, int(now().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06}"

    def put(self, channel: str, message: Document) -> None:
        self._kept.put(f"{channel}/{message['ts']}", message)

    def get(self, channel: str, ts: str) -> Document | None:
        return self._kept.get(f"{channel}/{ts}")

    def delete(self, channel: str, ts: str) -> None:
        """The message goes; where it has replies, these stay beneath a tombstone."""
        if len(self.thread(channel, ts)) == 1:
            self._kept.delete(f"{channel}/{ts}")
        else:
            self.put(channel, {**GONE, "ts": ts})

    def threads(self, channel: str) -> list[list[Document]]:
        """What stands in the channel itself, oldest first, each with its replies.

        A reply stands in the channel only if it was broadcast; then it does so without a thread of its own.
        """
        replies: dict[str, list[Document]] = {}
        standing = []
        for message in self._kept.list(f"{channel}/"):
            if _is_reply(message):
                replies.setdefault(message["thread_ts"], []).append(message)
            if not _is_reply(message) or message.get("subtype") == "thread_broadcast":
                standing.append(message)
        return [_thread(message, replies.get(message["ts"], [])) for message in standing]

    def thread(self, channel: str, ts: str) -> list[Document]:
        """A message and its replies, oldest first. SlackError when there is no such message."""
        for thread in self.threads(channel):
            if thread[0]["ts"] == ts:
                return thread
        reply = self.get(channel, ts)
        if reply is None:
            raise SlackError("thread_not_found")
        return [reply]

    def latest(self, channel: str) -> str:
        """The ts of the newest message, reply or not; nothing in an empty channel."""
        return max((message["ts"] for message in self._kept.list(f"{channel}/")), default="")

    def root(self, channel: str, thread: str) -> Document:
        """The message that a reply is to be made to. SlackError when it cannot have any."""
        if not TS.fullmatch(thread):
            raise SlackError("invalid_thread_ts", (f"{thread} is not a valid thread_ts",))
        root = self.get(channel, thread)
        if root is None:
            raise SlackError("thread_not_found")
        if _is_reply(root):
            raise SlackError("cannot_reply_to_message")
        return root


def _is_reply(message: Document) -> bool:
    return "thread_ts" in message  # of a root it is told only in answers


def _thread(message: Document, replies: list[Document]) -> list[Document]:
    if not replies:
        return [message]
    told = {
        "thread_ts": message["ts"],
        "reply_count": len(replies),
        "reply_users": sorted({reply["user"] for reply in replies}),
        "latest_reply": replies[-1]["ts"],
    }
    return [{**message, **told}, *replies]


def _microseconds(ts: str) -> int:
    return int(ts.replace(".", ""))
