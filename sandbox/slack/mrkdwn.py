"""Slack's markup, as HTML in which nothing a message says is taken for HTML.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from html import escape

from sandbox.slack.emoji import EMOJI

FENCE = re.compile(r"\n?```\n?(.*?)\n?```\n?", re.DOTALL)
QUOTE = re.compile(r"(?:&gt;|>) ?(.*)")
SAFE = ("http://", "https://", "mailto:")


def _marked(name: str, sign: str) -> str:
    """Text between two signs, which touch it on the inside and nothing but a border on the outside."""
    inner = rf"(?P<{name}>[^\s{sign}](?:[^{sign}\n]*[^\s{sign}])?)"
    return rf"(?<![\w{sign}]){re.escape(sign)}{inner}{re.escape(sign)}(?![\w{sign}])"


INLINE = re.compile(
    "|".join(
        (
            r"`(?P<code>[^`\n]+)`",
            r"<(?P<angle>[@#!][^<>\n]+|(?:https?://|mailto:)[^<>\n]+)>",
            r"(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?()\[\]'\"*_~])",
            r":(?P<emoji>[a-z0-9_+-]+):",
            _marked("b", "*"),
            _marked("i", "_"),
            _marked("s", "~"),
        )
    )
)


def render(text: str) -> str:
    """Marked-up text as HTML."""
    parts = FENCE.split(text)  # what is outside of fences, and inside, in turn
    return "".join(
        f"<pre>{_plain(part)}</pre>" if index % 2 else _lines(part) for index, part in enumerate(parts)
    )


def render_plain(text: str) -> str:
    """Text without markup, in which only emoji are told."""
    return "<br>".join(_emoji(line) for line in _plain(text).split("\n"))


def link(url: str, content: str, style: str = "") -> str:
    """A link, if the address is one that can do no harm; else its content alone."""
    if not url.startswith(SAFE):
        return content
    kind = f' class="{style}"' if style else ""
    return f'<a{kind} href="{escape(url)}" target="_blank" rel="noopener noreferrer">{content}</a>'


def _lines(text: str) -> str:
    rendered: list[str] = []
    for line in text.split("\n"):
        quoted = QUOTE.match(line)
        if quoted:
            rendered.append(f"<blockquote>{_inline(quoted[1])}</blockquote>")
        else:
            rendered.append(_inline(line) + "<br>")
    return "".join(rendered).removesuffix("<br>")


def _inline(text: str) -> str:
    rendered, end = [], 0
    for match in INLINE.finditer(text):
        rendered += [_plain(text[end : match.start()]), _element(match)]
        end = match.end()
    return "".join([*rendered, _plain(text[end:])])


def _element(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    content = match[kind]
    match kind:
        case "code":
            return f"<code>{_plain(content)}</code>"
        case "angle":
            return _reference(content)
        case "url":
            return link(_unescaped(content), _plain(content))
        case "emoji":
            return EMOJI.get(content, escape(match[0]))
    return f"<{kind}>{_inline(content)}</{kind}>"  # these groups are named as what they become


def _reference(content: str) -> str:
    """What stands in angle brackets: a link, or a mention of a user, a channel, everyone, or a date."""
    target, _, label = content.partition("|")
    if target[0] in "@#!":
        named = label or target[1:].partition("^")[0]
        sign = "" if target.startswith("!date") else target[0].replace("!", "@")
        return f'<span class="mention">{_plain(sign + named.lstrip("@#"))}</span>'
    return link(
        _unescaped(target), _emoji(_plain(label)) if label else _plain(target.removeprefix("mailto:"))
    )


def _plain(text: str) -> str:
    return escape(_unescaped(text), quote=False)


def _unescaped(text: str) -> str:
    """Senders write & < > as entities, and no others: an address may well say &copy=1."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _emoji(text: str) -> str:
    return re.sub(r":([a-z0-9_+-]+):", lambda match: EMOJI.get(match[1], match[0]), text)
