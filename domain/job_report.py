"""The report of a job, put together again from the lines that a log gives back in no certain order."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

PART = re.compile(r"muster (\d+)/(\d+) (.*)", re.DOTALL)
END = re.compile(r"muster end (\d+) ([0-9a-f]{64})")


def assembled(lines: Iterable[str]) -> dict[str, Any] | None:
    """The report, once all of its lines are there; None before. ValueError on a wrong digest."""
    parts: dict[int, str] = {}
    count, digest = None, ""
    for line in lines:
        if part := PART.fullmatch(line):
            parts[int(part[1])] = part[3]
        elif end := END.fullmatch(line):
            count, digest = int(end[1]), end[2]
    if count is None or not parts.keys() >= set(range(1, count + 1)):
        return None
    text = "".join(parts[number] for number in range(1, count + 1))
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise ValueError("its lines do not make the text whose SHA-256 it gave")
    report: dict[str, Any] = json.loads(text)
    return report
