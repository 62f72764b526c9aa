"""The methods of the Web API: arguments and who calls in, an answer out."""

from collections.abc import Callable

from sandbox.kernel.clock import now
from sandbox.kernel.errors import RpcError, SlackError
from sandbox.kernel.state import Document, State
from sandbox.kernel.wire import is_true, page
from sandbox.slack import metadata
from sandbox.slack.blocks import parse
from sandbox.slack.bots import Bot
from sandbox.slack.channels import Channels
from sandbox.slack.messages import TOMBSTONE, Messages

NOT_SHOWN = (
    "as_user", "attachments", "file_ids", "icon_emoji", "icon_url", "link_names", "markdown_text",
    "parse", "username",
)  # fmt: skip
LONGEST_POST = 40_000  # https://api.slack.com/changelog/2018-04-truncating-really-long-messages
LONGEST_EDIT = 4_000  # https://github.com/seratch/ChatGPT-in-Slack/issues/102
USUAL, MOST = 100, 999  # items a page
PUBLIC = "public_channel"
CONVERSATIONS = {PUBLIC, "private_channel", "mpim", "im"}
TRUNCATED = "Your message was truncated but still posted. The `text` field accepts up to 40,000 characters."

Method = Callable[[Bot, Document], Document]


class Methods:
    """What a bot can do: post, reply, edit, read. `changes` grows with all that a person would see."""

    def __init__(self, state: State, url: str) -> None:
        self._state = state
        self._url = url
        self.channels = Channels(state)
        self.messages = Messages(state)
        self.changes = 0
        self._methods: dict[str, Method] = {
            "auth.test": lambda bot, _: bot.about(self._url),
            "chat.delete": self._delete,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "users.conversations": self._conversations,
        }

    def call(self, name: str, token: str, arguments: Document) -> Document:
        """The method's answer. SlackError when there is no such method, or it cannot do what was asked."""
        if name not in self._methods:
            raise SlackError("unknown_method")
        bot = Bot.of(token)
        unseen = [name for name in NOT_SHOWN if arguments.get(name)]
        if unseen:
            raise SlackError("invalid_arguments", (f"not emulated by the sandbox: {', '.join(unseen)}",))
        return {"ok": True, **self._methods[name](bot, arguments)}

    def _post(self, bot: Bot, arguments: Document) -> Document:
        wanted, thread = _required(arguments, "channel"), arguments.get("thread_ts")
        text, blocks = str(arguments.get("text", "")), parse(arguments.get("blocks"))
        if not text.strip() and not blocks:
            raise SlackError("no_text")
        about = metadata.parse(arguments.get("metadata"))
        with self._state.transaction():
            channel = self.channels.open(wanted)["id"]
            message: Document = {"type": "message", **bot.signature(), "text": text[:LONGEST_POST]}
            if thread:
                message["thread_ts"] = self.messages.root(channel, str(thread))["ts"]
                if _flag(arguments, "reply_broadcast"):
                    message["subtype"] = "thread_broadcast"
            if blocks:
                message["blocks"] = blocks
            if "mrkdwn" in arguments and not _flag(arguments, "mrkdwn"):
                message["mrkdwn"] = False
            if about:
                message["metadata"] = about
            message["ts"] = self.messages.next_ts()
            self.messages.put(channel, message)
        self.changes += 1
        answer = {"channel": channel, "ts": message["ts"], "message": message}
        if len(text) > LONGEST_POST:
            answer |= {
                "warning": "message_truncated",
                "response_metadata": {"messages": [f"[WARN] {TRUNCATED}"], "warnings": ["message_truncated"]},
            }
        return answer

    def _update(self, bot: Bot, arguments: Document) -> Document:
        """Blocks that are not sent again go when a text is sent, metadata stay; `edited` is shown for a text
        alone.

        https://docs.slack.dev/reference/methods/chat.update
        """
        text, blocks = arguments.get("text"), parse(arguments.get("blocks"))
        channel = self.channels.get(_required(arguments, "channel"))["id"]
        message = self.messages.get(channel, _required(arguments, "ts"))
        if message is None:
            raise SlackError("message_not_found")
        if message["user"] != bot.user:
            raise SlackError("cant_update_message")
        if text is None and blocks is None:
            raise SlackError("no_text")
        message["text"] = message["text"] if text is None else str(text)
        if len(message["text"]) > LONGEST_EDIT:
            raise SlackError("msg_too_long")
        about = metadata.parse(arguments.get("metadata"))
        if about is not None:
            message["metadata"] = about
        if about == {}:
            del message["metadata"]
        message.pop("blocks", None)
        if blocks:
            message["blocks"] = blocks
        elif not message["text"].strip():
            raise SlackError("no_text")
        else:
            message["edited"] = {"user": bot.user, "ts": f"{int(now().timestamp())}.000000"}
        self.messages.put(channel, message)
        self.changes += 1
        return {"channel": channel, "ts": message["ts"], "text": message["text"], "message": message}

    def _delete(self, bot: Bot, arguments: Document) -> Document:
        """Of a message with replies a tombstone is left, which nobody can delete.

        https://docs.slack.dev/reference/methods/chat.delete,
        https://github.com/hackclub/toriel/pull/238
        """
        channel = self.channels.get(_required(arguments, "channel"))["id"]
        message = self.messages.get(channel, _required(arguments, "ts"))
        if message is None or message.get("subtype") == TOMBSTONE:
            raise SlackError("message_not_found")
        if message["user"] != bot.user:
            raise SlackError("cant_delete_message")
        self.messages.delete(channel, message["ts"])
        self.changes += 1
        return {"channel": channel, "ts": message["ts"]}

    def _history(self, _: Bot, arguments: Document) -> Document:
        channel = self.channels.get(_required(arguments, "channel"))["id"]
        return _messages([thread[0] for thread in reversed(self.messages.threads(channel))], arguments)

    def _replies(self, _: Bot, arguments: Document) -> Document:
        channel = self.channels.get(_required(arguments, "channel"))["id"]
        return _messages(self.messages.thread(channel, _required(arguments, "ts")), arguments)

    def _conversations(self, _: Bot, arguments: Document) -> Document:
        """Those that the bot is a member of: of all that there are, as it is one by posting there."""
        types = {kind.strip() for kind in str(arguments.get("types") or PUBLIC).split(",")}
        if unknown := types - CONVERSATIONS:
            raise SlackError("invalid_types", (f"unknown: {', '.join(sorted(unknown))}",))
        found = self.channels.list() if PUBLIC in types else []
        return _page("channels", [{**channel, "is_channel": True} for channel in found], arguments)


def _messages(messages: list[Document], arguments: Document) -> Document:
    """The messages between `oldest` and `latest`, as many as are asked for, and where to go on."""
    oldest, latest = _instant(arguments, "oldest", "0"), _instant(arguments, "latest", "inf")
    inclusive, all_of_it = _flag(arguments, "inclusive"), _flag(arguments, "include_all_metadata")
    within = [
        message
        for message in messages
        if oldest < float(message["ts"]) < latest or (inclusive and float(message["ts"]) in {oldest, latest})
    ]
    return _page("messages", [metadata.shown(one, all_of_it) for one in within], arguments)


def _page(of: str, items: list[Document], arguments: Document) -> Document:
    try:
        size = min(int(arguments.get("limit") or USUAL), MOST)
        part, following = page(items, size, arguments.get("cursor"))
    except (ValueError, RpcError) as error:
        raise SlackError("invalid_cursor" if isinstance(error, RpcError) else "invalid_limit") from error
    return {
        of: part,
        "has_more": following is not None,
        "response_metadata": {"next_cursor": following or ""},
    }


def _instant(arguments: Document, name: str, default: str) -> float:
    try:
        return float(arguments.get(name) or default)
    except ValueError as error:
        raise SlackError(f"invalid_ts_{name}") from error


def _required(arguments: Document, name: str) -> str:
    value = arguments.get(name)
    if not value:
        raise SlackError("invalid_arguments", (f"missing required field: {name}",))
    return str(value)


def _flag(arguments: Document, name: str) -> bool:
    return is_true(str(arguments.get(name, "")))
