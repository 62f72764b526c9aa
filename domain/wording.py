"""How figures and spans are said, in logs, in Slack and in records alike."""

import math
from collections.abc import Sequence
from datetime import timedelta


def count(number: int) -> str:
    """12,345"""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """1 request, 2 requests, 1,200 requests; `noun` in the singular, with a regular plural."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def size(number: int) -> str:
    """812 bytes, 4.2 kB, 310 MB, 1.4 GB: powers of 1,000, as storage is sold."""
    amount = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 999.5:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 99.5 else f"{amount:.2g} {unit}"
        amount /= 1000
    return f"{amount:.2g} TB" if amount < 99.5 else f"{amount:,.0f} TB"


def share(part: int, whole: int) -> str:
    """A percentage with the digits that matter: 0.02 %, 1.6 %, 20 %; never 0 % of something."""
    if not part:
        return "0 %"
    percent = 100 * part / whole
    if percent < 0.005:
        return "under 0.01 %"
    digits = 0 if percent >= 9.95 else 1 if percent >= 0.995 else 2
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


def age(span: timedelta) -> str:
    """41 days, 2 days; below that as a length: 36 h, 5 h 10 min"""
    return counted(span.days, "day") if span >= timedelta(days=2) else length(span)


def evidence(e_value: float) -> str:
    """An e-value as a person reads it: 0.3, 41, 2,300, over a million; never rounded up to a limit."""
    if e_value >= 1e6:
        return "over a million"
    if e_value < 0.01:
        return "under 0.01"
    return f"{math.floor(e_value):,}" if e_value >= 10 else f"{e_value:.2g}"


def listed(words: Sequence[str]) -> str:
    """a, b and c"""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
