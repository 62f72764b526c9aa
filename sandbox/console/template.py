"""The page's HTML: templates beside the code, in which every value is text unless it says otherwise."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sandbox.kernel.clock import instant, now

UNITS = ("B", "kB", "MB", "GB", "TB")


def when(text: str) -> Markup:
    """An instant in the zone of the machine, which is that of whoever looks; with its date on another day."""
    if not text:
        return Markup("")
    at = instant(text).astimezone()
    shown = f"{at:%H:%M:%S}" if at.date() == now().astimezone().date() else f"{at:%d %b %H:%M}"
    return Markup('<time datetime="{}" title="{:%A, %d %B %Y, %H:%M:%S}">{}</time>').format(text, at, shown)


def seconds(begun: str, ended: str) -> str:
    """How long something took; the empty text where that is not known."""
    if not begun or not ended:
        return ""
    took = (instant(ended) - instant(begun)).total_seconds()
    return f"{took:.1f} s" if took < 60 else f"{took // 60:.0f} min {took % 60:.0f} s"


def size(count: int) -> str:
    """Bytes, in the largest unit of which there is one."""
    value, place = float(count), 0
    while value >= 1000 and place < len(UNITS) - 1:
        value, place = value / 1000, place + 1
    return f"{value:.0f} {UNITS[place]}" if place == 0 or value >= 100 else f"{value:.1f} {UNITS[place]}"


def quoted(text: str) -> str:
    """As one part of a path."""
    return quote(text, safe="")


ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("parts")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters |= {"when": when, "size": size, "quoted": quoted}
ENVIRONMENT.globals |= {"seconds": seconds}


def render(name: str, **values: Any) -> str:
    return ENVIRONMENT.get_template(name).render(values)
