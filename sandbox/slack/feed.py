"""Channels and messages as HTML: threads opened beneath, buttons as links."""

from datetime import UTC, date, datetime, timedelta
from html import escape
from itertools import groupby

from sandbox.kernel.state import Document
from sandbox.slack.messages import TOMBSTONE
from sandbox.slack.mrkdwn import link, render, render_plain

TOGETHER = timedelta(minutes=5)  # messages of one author in that time share a heading
COLOURS = 6  # of avatars, in the style sheet
EDITED = ' <small class="edited">(edited)</small>'


def channel_list(channels: list[Document], chosen: str) -> str:
    def entry(name: str) -> str:
        current = ' aria-current="page"' if name == chosen else ""
        return f'<a href="/slack/{escape(name)}"{current}>{escape(name)}</a>'

    return "".join(entry(channel["name"]) for channel in channels)


def feed(threads: list[list[Document]]) -> str:
    """The threads of a channel, oldest first, under the days on which they began."""
    if not threads:
        return '<p class="empty">Nothing was posted here yet.</p>'
    return "".join(
        f'<h2 class="day"><span>{_day(day)}</span></h2>{"".join(_together(list(begun)))}'
        for day, begun in groupby(threads, key=lambda thread: _at(thread[0]).date())
    )


def _together(threads: list[list[Document]]) -> list[str]:
    rendered, before = [], None
    for thread in threads:
        root, replies = thread[0], thread[1:]
        follows = before is not None and _follows(before, root)
        answers = _replies(replies) if replies else ""
        rendered.append(_message(root, follows=follows, beneath=answers))
        before = None if replies else root
    return rendered


def _follows(before: Document, message: Document) -> bool:
    return bool(before["user"] == message["user"] and _at(message) - _at(before) < TOGETHER)


def _replies(replies: list[Document]) -> str:
    count = f"{len(replies)} {'reply' if len(replies) == 1 else 'replies'}"
    rendered = "".join(_together([[reply] for reply in replies]))
    return f'<div class="thread"><p class="count">{count}</p>{rendered}</div>'


def _message(message: Document, *, follows: bool, beneath: str) -> str:
    if message.get("subtype") == TOMBSTONE:
        return _article(message, "", f"<small>{escape(message['text'])}</small>{beneath}")
    name = message["bot_profile"]["name"]
    time = f'<time datetime="{_at(message).isoformat()}">{_at(message):%H:%M}</time>'
    colour = int(message["user"][1:], 16) % COLOURS
    avatar = f'<div class="avatar c{colour}" aria-hidden="true">{escape(name[0])}</div>'
    heading = f"<header><b>{escape(name)}</b><i>app</i>{time}</header>"
    side, head, style = (time, "", " follows") if follows else (avatar, heading, "")
    return _article(message, side, head + _content(message) + beneath, style)


def _article(message: Document, side: str, body: str, style: str = "") -> str:
    return (
        f'<article class="message{style}" id="m{escape(message["ts"])}"><div class="side">{side}</div>'
        f'<div class="body">{body}</div></article>'
    )


def _content(message: Document) -> str:
    """The blocks, if there are any: the text beside them is for notifications."""
    if message.get("blocks"):
        return "".join(_block(block) for block in message["blocks"])
    text = render_plain(message["text"]) if message.get("mrkdwn") is False else render(message["text"])
    return f"<div>{text}{EDITED if 'edited' in message else ''}</div>"


def _block(block: Document) -> str:
    match block["type"]:
        case "header":
            return f"<h3>{_text(block['text'])}</h3>"
        case "divider":
            return "<hr>"
        case "context":
            parts = "".join(f"<span>{_element(element)}</span>" for element in block["elements"])
            return f'<div class="context">{parts}</div>'
        case "actions":
            return f'<div class="actions">{"".join(map(_element, block["elements"]))}</div>'
        case "image":
            title = f"<div>{_text(block['title'])}</div>" if "title" in block else ""
            return title + _element(block)
    return _section(block)


def _section(block: Document) -> str:
    text = f"<div>{_text(block['text'])}</div>" if "text" in block else ""
    fields = "".join(f"<div>{_text(field)}</div>" for field in block.get("fields", []))
    content = text + (f'<div class="fields">{fields}</div>' if fields else "")
    if "accessory" not in block:
        return content
    return f'<div class="section"><div>{content}</div>{_element(block["accessory"])}</div>'


def _element(element: Document) -> str:
    match element["type"]:
        case "button":
            return link(element["url"], _text(element["text"]), f"button {element.get('style', '')}".strip())
        case "image":  # named, not shown: the page fetches nothing from outside
            return link(element["image_url"], f"🖼 {escape(element['alt_text'])}", "image")
    return _text(element)


def _text(text: Document) -> str:
    return render(text["text"]) if text["type"] == "mrkdwn" else render_plain(text["text"])


def _at(message: Document) -> datetime:
    """When it was posted, in the zone of the machine, which is that of whoever looks at the page."""
    return datetime.fromtimestamp(float(message["ts"]), UTC).astimezone()


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"
