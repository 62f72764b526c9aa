"""Small pieces of HTML, in which all that others wrote is escaped."""

from datetime import datetime
from html import escape


def with_code(text: str) -> str:
    """Escaped; `code` as code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:  # a backquote that is nobody's pair
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def facts(*pairs: tuple[str, str]) -> str:
    """Names, and what there is to say of each; those of which there is nothing are left out."""
    rows = "".join(f"<dt>{name}</dt><dd>{with_code(said)}</dd>" for name, said in pairs if said)
    return f"<dl>{rows}</dl>" if rows else '<p class="quiet">nothing</p>'


def stamp(at: datetime) -> str:
    """2026-11-22 12:00:43 UTC"""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
