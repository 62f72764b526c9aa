"""The inbox: a channel as a person sees it."""

import httpx
import pytest
from slack_sdk import WebClient

from sandbox.slack.mrkdwn import render
from tests.conftest import Endpoints
from tests.sandbox.test_slack import BLOCKS, client_of

A = 'target="_blank" rel="noopener noreferrer"'
ADDRESS = "https://x.example?a&amp;copy=2"
MARKED = {
    "bold, italic, strike": ("*bold* _italic_ ~struck~", "<b>bold</b> <i>italic</i> <s>struck</s>"),
    "one in the other": ("*_both_*", "<b><i>both</i></b>"),
    "signs inside words": ("2*3*4 snake_case_name a~b~c", "2*3*4 snake_case_name a~b~c"),
    "signs with space inside": ("* no * _ no _", "* no * _ no _"),
    "code": ("`*raw* <x>` after", "<code>*raw* &lt;x&gt;</code> after"),
    "a block of code": ("log:\n```\na *b*\n  c\n```\nend", "log:<pre>a *b*\n  c</pre>end"),
    "lines": ("a\nb\n\nc", "a<br>b<br><br>c"),
    "a quotation": ("> said\nand", "<blockquote>said</blockquote>and"),
    "a quotation as it is sent": ("&gt; said", "<blockquote>said</blockquote>"),
    "a link": ("*<https://x.example/a_b|here>*", f'<b><a href="https://x.example/a_b" {A}>here</a></b>'),
    "an address": ("<https://x.example?a&amp;copy=2>", f'<a href="{ADDRESS}" {A}>{ADDRESS}</a>'),
    "a bare address": (
        "(see https://x.example/a_b_c.)",
        f'(see <a href="https://x.example/a_b_c" {A}>https://x.example/a_b_c</a>.)',
    ),
    "a mail address": ("<mailto:a@b.example>", f'<a href="mailto:a@b.example" {A}>a@b.example</a>'),
    "everyone": ("<!here>", '<span class="mention">@here</span>'),
    "a person": ("<@U1|ann>", '<span class="mention">@ann</span>'),
    "a channel": ("<#C1|general>", '<span class="mention">#general</span>'),
    "a date": ("<!date^1392734382^{date}|18 February>", '<span class="mention">18 February</span>'),
    "emoji": (":rocket: at 12:30:45 :nonesuch:", "🚀 at 12:30:45 :nonesuch:"),
    "HTML is text": ("<script>alert('x')</script>", "&lt;script&gt;alert('x')&lt;/script&gt;"),
    "entities are told once": ("&lt;b&gt; &amp;lt;", "&lt;b&gt; &amp;lt;"),
    "an address that does harm": ("<javascript:alert(1)|click>", "&lt;javascript:alert(1)|click&gt;"),
    "an address with quotes": (
        '<https://x.example/"onclick="a|y>',
        f'<a href="https://x.example/&quot;onclick=&quot;a" {A}>y</a>',
    ),
}


@pytest.mark.parametrize(("text", "html"), MARKED.values(), ids=MARKED)
def test_markup(text: str, html: str) -> None:
    assert render(text) == html


@pytest.fixture
def slack(cloud: Endpoints) -> WebClient:
    return client_of(cloud)


def look(http: httpx.Client, path: str, seen: str = "") -> httpx.Response:
    """What the page asks for while it is open."""
    return http.get(path, params={"seen": seen}, headers={"Accept": "application/json"})


def test_the_inbox_shows_the_channel(slack: WebClient, http: httpx.Client) -> None:
    posted = slack.chat_postMessage(channel="#shown", text="deploying", blocks=BLOCKS)
    channel, root = posted["channel"], posted["ts"]
    slack.chat_postMessage(channel=channel, thread_ts=root, text="all *well*")
    edited = slack.chat_postMessage(channel=channel, text="soon")["ts"]
    slack.chat_update(channel=channel, ts=edited, text="<script>now</script>")
    page = http.get("/slack/shown")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    nonce = page.text.partition('<script nonce="')[2].partition('"')[0]
    assert f"script-src 'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
    feed: str = look(http, "/slack/shown").json()["feed"]
    assert feed in page.text
    for shown in (
        "<h3>ali-api: deploying</h3>",
        "<b>5 %</b> on <code>ali-api-00042</code>",
        "<div><b>Canary</b><br>ali-api-00042</div>",
        f'<a class="button primary" href="https://example.com/run" {A}>Open the run</a>',
        f'<a class="button" href="https://example.com/logs" {A}>Logs</a>',
        f'<a class="image" href="https://example.com/graph.png" {A}>🖼 the graph</a>',
        '&lt;script&gt;now&lt;/script&gt; <small class="edited">(edited)</small>',
    ):
        assert shown in feed
    assert "<div>deploying</div>" not in feed, "where there are blocks the text is for notifications"
    thread = feed.partition('<div class="thread"><p class="count">1 reply</p>')[2]
    assert "all <b>well</b>" in thread
    assert feed.index("<h3>") < feed.index("all <b>well</b>") < feed.index("(edited)")


def test_the_inbox_shows_what_is_left_of_a_thread(slack: WebClient, http: httpx.Client) -> None:
    posted = slack.chat_postMessage(channel="#left", text="deploying", blocks=BLOCKS)
    slack.chat_postMessage(channel=posted["channel"], thread_ts=posted["ts"], text="1 %")
    slack.chat_delete(channel=posted["channel"], ts=posted["ts"])
    feed: str = look(http, "/slack/left").json()["feed"]
    assert "<small>This message was deleted.</small>" in feed
    assert "1 %" in feed
    assert "deploying" not in feed


def test_the_inbox_is_told_what_is_new(slack: WebClient, http: httpx.Client) -> None:
    seen = look(http, "/slack").json()
    assert look(http, "/slack", seen["version"]).status_code == 204
    slack.chat_postMessage(channel="#elsewhere", text="here now")
    news = look(http, "/slack", seen["version"]).json()
    assert news["channel"] == "elsewhere", "without a name it is the channel that was posted to last"
    assert "here now" in news["feed"]
    assert '<a href="/slack/elsewhere" aria-current="page">elsewhere</a>' in news["channels"]


def test_a_channel_nobody_posted_to_is_empty(http: httpx.Client) -> None:
    assert "Nothing was posted here yet" in http.get("/slack/silence").text
