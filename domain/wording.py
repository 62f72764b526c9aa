"""How figures and spans are said, in logs, in Slack and in records alike."""

from collections.abc import Sequence
from datetime import timedelta


def count(number: int) -> str:
    """12,345"""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """1 request, 2 requests, 1,200 requests; `noun` in the singular, with a regular plural."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """A percentage with the digits that matter: 0.02 %, 1.6 %, 20 %."""
    if not whole:
        return "0 %"
    percent = 100 * part / whole
    digits = 0 if percent >= 10 or percent == 0 else 1 if percent >= 1 else 2
    return f"{percent:.{digits}f} %"


def length(span: timedelta) -> str:
    """8 s, 0.4 s, 2 min 5 s, 1 h 10 min"""
    seconds = span.total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds if not hours else 0, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def evidence(e_value: float) -> str:
    """An e-value as a person reads it: 0.3, 41, 2,300, over a million."""
    if e_value >= 1e6:
        return "over a million"
    return f"{e_value:,.0f}" if e_value >= 10 else f"{e_value:.2g}"


def listed(words: Sequence[str]) -> str:
    """a, b and c"""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
