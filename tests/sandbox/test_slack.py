"""Slack as slack-sdk meets it, and as a person sees it."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    MarkdownTextObject,
    SectionBlock,
)

from sandbox.kernel.errors import SlackError
from sandbox.kernel.state import State
from sandbox.slack.blocks import parse
from sandbox.slack.methods import Methods
from tests.conftest import Endpoints

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*well*"}}


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def button(**fields: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Look"), "url": "https://example.com", **fields}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def client_of(cloud: Endpoints, app: str = "xoxb-muster-1") -> WebClient:
    return WebClient(token=app, base_url=f"{cloud.slack}/api/")


@pytest.fixture
def slack(cloud: Endpoints) -> WebClient:
    return client_of(cloud)


@pytest.fixture
def channel(slack: WebClient, request: pytest.FixtureRequest) -> str:
    """A channel of the test's own."""
    name = "".join(sign for sign in request.node.name.lower() if sign.isalnum())[:60]
    posted: str = slack.chat_postMessage(channel=f"#{name}", text="opened")["channel"]
    return posted


def texts(answer: Any) -> list[str]:
    return [message["text"] for message in answer["messages"]]


def test_a_token_tells_which_app_it_is(cloud: Endpoints) -> None:
    first, second = client_of(cloud).auth_test(), client_of(cloud, "xoxb-other-9").auth_test()
    assert (first["user"], second["user"]) == ("muster", "other")
    assert first["user_id"] != second["user_id"]
    assert first["url"] == f"{cloud.slack}/"


def test_a_message_is_posted_answered_and_edited(slack: WebClient, channel: str) -> None:
    posted = slack.chat_postMessage(channel=channel, text="deploying")
    for text in ("1 %", "5 %"):
        slack.chat_postMessage(channel=channel, thread_ts=posted["ts"], text=text)
    edited = slack.chat_update(channel=channel, ts=posted["ts"], text="done")
    assert (edited["ts"], edited["text"]) == (posted["ts"], "done")
    thread = slack.conversations_replies(channel=channel, ts=posted["ts"])
    assert texts(thread) == ["done", "1 %", "5 %"]
    assert [message["thread_ts"] for message in thread["messages"]] == [posted["ts"]] * 3
    assert thread["messages"][0]["reply_count"] == 2
    assert thread["messages"][0]["edited"]["user"] == slack.auth_test()["user_id"]
    assert texts(slack.conversations_history(channel=channel)) == ["done", "opened"], (
        "newest first, no replies"
    )


def test_a_reply_can_be_broadcast(slack: WebClient, channel: str) -> None:
    root = slack.chat_postMessage(channel=channel, text="deploying")["ts"]
    slack.chat_postMessage(channel=channel, thread_ts=root, text="rolled back", reply_broadcast=True)
    assert texts(slack.conversations_history(channel=channel)) == ["rolled back", "deploying", "opened"]
    assert texts(slack.conversations_replies(channel=channel, ts=root)) == ["deploying", "rolled back"]


def test_history_comes_in_pages_and_between_instants(slack: WebClient, channel: str) -> None:
    stamps = [slack.chat_postMessage(channel=channel, text=str(n))["ts"] for n in range(5)]
    assert stamps == sorted(set(stamps))
    pages = [texts(page) for page in slack.conversations_history(channel=channel, limit=4)]
    assert pages == [["4", "3", "2", "1"], ["0", "opened"]]
    between = slack.conversations_history(channel=channel, oldest=stamps[1], latest=stamps[3])
    assert texts(between) == ["2"]
    between = slack.conversations_history(channel=channel, oldest=stamps[1], latest=stamps[3], inclusive=True)
    assert texts(between) == ["3", "2", "1"]


BLOCKS: list[Block] = [
    HeaderBlock(text="ali-api: deploying"),
    SectionBlock(
        text="*5 %* on `ali-api-00042`", fields=["*Baseline*\nali-api-00041", "*Canary*\nali-api-00042"]
    ),
    SectionBlock(text="see", accessory=ButtonElement(text="Logs", url="https://example.com/logs")),
    DividerBlock(),
    ActionsBlock(
        elements=[ButtonElement(text="Open the run", url="https://example.com/run", style="primary")]
    ),
    ImageBlock(image_url="https://example.com/graph.png", alt_text="the graph"),
    ContextBlock(elements=[MarkdownTextObject(text="by ci@example.com")]),
]


def test_blocks_are_kept_as_slack_sdk_builds_them(slack: WebClient, channel: str) -> None:
    posted = slack.chat_postMessage(channel=channel, text="deploying", blocks=BLOCKS)
    kept = slack.conversations_history(channel=channel, limit=1)["messages"][0]
    assert kept["blocks"] == [block.to_dict() for block in BLOCKS]
    edited = slack.chat_update(channel=channel, ts=posted["ts"], text="5 %", blocks=[SECTION])["message"]
    assert (edited["text"], edited["blocks"]) == ("5 %", [SECTION])
    assert "edited" not in edited, "Slack marks no message that was updated with blocks"
    edited = slack.chat_update(channel=channel, ts=posted["ts"], text="done")["message"]
    assert "blocks" not in edited, "blocks that are not sent again go"


def test_forms_carry_blocks_as_text(slack: WebClient, channel: str) -> None:
    fields = {"channel": channel, "text": "deploying", "blocks": '[{"type": "divider"}]', "mrkdwn": "false"}
    for answer in (slack.api_call(POST, params=fields), slack.api_call(POST, data=fields)):
        assert answer["message"]["blocks"] == [{"type": "divider"}]
        assert answer["message"]["mrkdwn"] is False


POST, UPDATE, HISTORY = "chat.postMessage", "chat.update", "conversations.history"
SOME = {"channel": "CHANNEL", "text": "x"}
GONE = "1700000000.000001"
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a method that is not here": ("chat.scheduleMessage", {}, "unknown_method"),
    "no channel": (POST, {"text": "x"}, "invalid_arguments"),
    "an id of no channel": (POST, {**SOME, "channel": "C0000000000"}, "channel_not_found"),
    "a name that cannot be": (POST, {**SOME, "channel": "#Not a name"}, "channel_not_found"),
    "nothing to say": (POST, {**SOME, "text": " "}, "no_text"),
    "blocks that are no JSON": (POST, {**SOME, "blocks": "{"}, "invalid_blocks_format"),
    "a block that is not shown": (POST, {**SOME, "blocks": [{"type": "table"}]}, "invalid_blocks"),
    "attachments are not shown": (POST, {**SOME, "attachments": [{"text": "y"}]}, "invalid_arguments"),
    "a thread that cannot be": (POST, {**SOME, "thread_ts": "17"}, "invalid_thread_ts"),
    "a thread that is not there": (POST, {**SOME, "thread_ts": GONE}, "thread_not_found"),
    "a new channel for a lost thread": (
        POST,
        {**SOME, "channel": "#new", "thread_ts": GONE},
        "thread_not_found",
    ),
    "an edit of no message": (UPDATE, {**SOME, "ts": GONE}, "message_not_found"),
    "an edit in a channel by name": (
        UPDATE,
        {**SOME, "channel": "#general", "ts": GONE},
        "channel_not_found",
    ),
    "an edit without content": (UPDATE, {"channel": "CHANNEL", "ts": "LAST"}, "no_text"),
    "an edit too long": (UPDATE, {**SOME, "ts": "LAST", "text": "x" * 4001}, "msg_too_long"),
    "a deletion of no message": ("chat.delete", {"channel": "CHANNEL", "ts": GONE}, "message_not_found"),
    "a deletion in a channel by name": (
        "chat.delete",
        {"channel": "#general", "ts": GONE},
        "channel_not_found",
    ),
    "replies to no message": ("conversations.replies", {**SOME, "ts": GONE}, "thread_not_found"),
    "a page that is not there": (HISTORY, {**SOME, "cursor": "?"}, "invalid_cursor"),
    "a span from no instant": (HISTORY, {**SOME, "oldest": "noon"}, "invalid_ts_oldest"),
    "a page of no size": (HISTORY, {**SOME, "limit": "all"}, "invalid_limit"),
}


@pytest.mark.parametrize(("method", "fields", "error"), REFUSED.values(), ids=REFUSED)
def test_refused(slack: WebClient, channel: str, method: str, fields: dict[str, Any], error: str) -> None:
    last = slack.conversations_history(channel=channel, limit=1)["messages"][0]["ts"]
    stands_for = {"CHANNEL": channel, "LAST": last}
    sent = {
        name: stands_for.get(value, value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    with pytest.raises(SlackApiError) as refused:
        slack.api_call(method, json=sent)
    assert refused.value.response["error"] == error
    assert refused.value.response.status_code == 200
    assert texts(slack.conversations_history(channel=channel)) == ["opened"]


@pytest.mark.parametrize(
    ("token", "error"),
    [pytest.param("", "not_authed", id="none"), pytest.param("xoxp-1", "invalid_auth", id="a person's")],
)
def test_a_token_is_wanted(cloud: Endpoints, token: str, error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        client_of(cloud, token).chat_postMessage(channel="#general", text="x")
    assert refused.value.response["error"] == error


def test_only_its_author_edits_a_message(cloud: Endpoints, slack: WebClient, channel: str) -> None:
    ts = slack.chat_postMessage(channel=channel, text="mine")["ts"]
    with pytest.raises(SlackApiError, match="cant_update_message"):
        client_of(cloud, "xoxb-other-9").chat_update(channel=channel, ts=ts, text="ours")


def test_only_its_author_deletes_a_message(cloud: Endpoints, slack: WebClient, channel: str) -> None:
    ts = slack.chat_postMessage(channel=channel, text="mine")["ts"]
    with pytest.raises(SlackApiError, match="cant_delete_message"):
        client_of(cloud, "xoxb-other-9").chat_delete(channel=channel, ts=ts)
    assert texts(slack.conversations_history(channel=channel)) == ["mine", "opened"]


def test_a_message_is_deleted_once(slack: WebClient, channel: str) -> None:
    root = slack.chat_postMessage(channel=channel, text="deploying")["ts"]
    reply = slack.chat_postMessage(channel=channel, thread_ts=root, text="1 %")["ts"]
    for ts in (reply, root):
        deleted = slack.chat_delete(channel=channel, ts=ts)
        assert (deleted["channel"], deleted["ts"]) == (channel, ts)
        with pytest.raises(SlackApiError, match="message_not_found"):
            slack.chat_delete(channel=channel, ts=ts)
    assert texts(slack.conversations_history(channel=channel)) == ["opened"]


def test_of_a_thread_whose_first_message_is_deleted_the_replies_stay(slack: WebClient, channel: str) -> None:
    about = {"event_type": "deploy", "event_payload": {"id": "7"}}
    root = slack.chat_postMessage(channel=channel, text="deploying", metadata=about, blocks=[SECTION])["ts"]
    slack.chat_postMessage(channel=channel, thread_ts=root, text="1 %")
    slack.chat_delete(channel=channel, ts=root)
    left, reply = slack.conversations_replies(channel=channel, ts=root, include_all_metadata=True)["messages"]
    assert reply["text"] == "1 %"
    assert (left["subtype"], left["text"], left["reply_count"]) == (
        "tombstone",
        "This message was deleted.",
        1,
    )
    assert not {"blocks", "metadata", "bot_id"} & left.keys()
    with pytest.raises(SlackApiError, match="message_not_found"):
        slack.chat_delete(channel=channel, ts=root)


def test_a_post_too_long_is_cut_and_says_so(slack: WebClient, channel: str) -> None:
    posted = slack.chat_postMessage(channel=channel, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]


def test_the_rate_limit_is_a_fault_that_slack_sdk_waits_out(
    slack: WebClient, http: httpx.Client, channel: str
) -> None:
    limit = {"action": "refuse", "path": "chat.postMessage", "status": 429, "headers": {"Retry-After": "0"}}
    http.post("/faults", json=limit).raise_for_status()
    with pytest.raises(SlackApiError) as refused:
        slack.chat_postMessage(channel=channel, text="at once")
    assert refused.value.response.status_code == 429
    assert refused.value.response.data == {"ok": False, "error": "ratelimited"}
    assert refused.value.response.headers["Retry-After"] == "0"
    http.post("/faults", json=limit).raise_for_status()
    slack.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    slack.chat_postMessage(channel=channel, text="patiently")
    assert texts(slack.conversations_history(channel=channel)) == ["patiently", "opened"]


FAULTY: dict[str, tuple[dict[str, Any], str, str]] = {
    "rich text": ({"type": "rich_text", "elements": []}, "unsupported type: rich_text", "/type"),
    "no type": ({"text": "x"}, "unsupported type: None", "/type"),
    "an empty section": ({"type": "section"}, "missing required field: text or fields", ""),
    "a long section": (
        {**SECTION, "text": plain("x" * 3001)},
        "must be less than 3001 characters",
        "/text/text",
    ),
    "an empty text": ({**SECTION, "text": plain("")}, "must be more than 0 characters", "/text/text"),
    "a long field": (
        {**SECTION, "fields": [plain("x" * 2001)]},
        "must be less than 2001 characters",
        "/fields/0/text",
    ),
    "many fields": ({**SECTION, "fields": [plain("x")] * 11}, "no more than 10 items allowed", "/fields"),
    "no such field": ({**SECTION, "colour": "red"}, "invalid additional property: colour", ""),
    "a long header": (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters",
        "/text/text",
    ),
    "markup in a header": (
        {"type": "header", "text": SECTION["text"]},
        "unsupported type: mrkdwn",
        "/text/type",
    ),
    "a context of nothing": ({"type": "context", "elements": []}, "must be a list with items", "/elements"),
    "a button that leads nowhere": (actions(button(url=None)), "must be a string", "/elements/0/url"),
    "no such style": (actions(button(style="red")), "must be one of primary, danger", "/elements/0/style"),
    "what asks an app": (actions({"type": "checkboxes"}), "unsupported type: checkboxes", "/elements/0/type"),
}


@pytest.mark.parametrize(("block", "fault", "at"), FAULTY.values(), ids=FAULTY)
def test_a_block_is_refused(block: dict[str, Any], fault: str, at: str) -> None:
    with pytest.raises(SlackError) as refused:
        parse([block])
    message = f"[ERROR] {fault} [json-pointer:/blocks/0{at}]"
    assert refused.value.body()["response_metadata"] == {"messages": [message]}


def test_fifty_blocks_are_enough() -> None:
    assert parse([SECTION] * 50) == [SECTION] * 50
    with pytest.raises(SlackError) as refused:
        parse([SECTION] * 51)
    assert refused.value.faults == ("no more than 50 items allowed [json-pointer:/blocks]",)


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    def call(methods: Methods, method: str, **arguments: Any) -> dict[str, Any]:
        return methods.call(method, "xoxb-muster-1", arguments)

    before = Methods(State(tmp_path / "state.sqlite"), "")
    posted = call(before, "chat.postMessage", channel="#deploys", text="before")
    after = Methods(State(tmp_path / "state.sqlite"), "")
    later = call(after, "chat.postMessage", channel="#deploys", text="after", thread_ts=posted["ts"])
    assert later["ts"] > posted["ts"]
    assert texts(call(after, "conversations.replies", channel=posted["channel"], ts=posted["ts"])) == [
        "before",
        "after",
    ]


def test_metadata_are_read_by_programs_that_ask_for_them(slack: WebClient, channel: str) -> None:
    about = {"event_type": "deploy", "event_payload": {"id": "7"}}
    ts = slack.chat_postMessage(channel=channel, text="deploying", metadata=about)["ts"]
    slack.chat_update(channel=channel, ts=ts, text="done")

    def read(**how: Any) -> Any:
        return slack.conversations_history(channel=channel, **how)["messages"][0].get("metadata")

    assert read(include_all_metadata=True) == about, "an edit that does not name them leaves them"
    assert read() == {"event_type": "deploy"}
    slack.chat_update(channel=channel, ts=ts, text="done", metadata={})
    assert read(include_all_metadata=True) is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("{", "invalid_metadata_format"),
        ("[]", "invalid_metadata_format"),
        ('{"a": 1}', "invalid_metadata_schema"),
    ],
)
def test_metadata_of_another_shape_are_refused(
    slack: WebClient, channel: str, given: str, error: str
) -> None:
    wrong = {"channel": channel, "text": "deploying", "metadata": given}
    with pytest.raises(SlackApiError, match=error):
        slack.api_call("chat.postMessage", json=wrong)


def test_a_bot_finds_its_channels_by_name(slack: WebClient, channel: str) -> None:
    names: dict[str, str] = {}
    cursor, more = "", True
    while more:
        answer: Any = slack.users_conversations(types="public_channel,im", limit=1, cursor=cursor)
        names |= {one["id"]: one["name"] for one in answer["channels"]}
        cursor = answer["response_metadata"]["next_cursor"]
        more = bool(cursor)
    assert names[channel] == "testabotfindsitschannelsbyname"
    assert slack.users_conversations(types="im")["channels"] == []
