"""A hundred users for some seconds, and what they saw in them."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.cloud import Cloud
from bench.progress import tell
from examples.demo.processes import NotReady


@dataclass(frozen=True)
class Spell:
    """All that they asked for in that time. Each request is one that should succeed."""

    requests: int
    errors: dict[str, int]  # by kind
    p95: float  # seconds

    @property
    def failed(self) -> int:
        return sum(self.errors.values())


def during(cloud: Cloud, seconds: float, action: Callable[[], object]) -> Spell:
    """Do it while users ask at 100 requests/s for so long; what they saw to the end of their last request."""
    file = cloud.home / "spell.json"
    file.unlink(missing_ok=True)
    users = cloud.processes.start(
        "users", sys.executable, "-m", "examples.load", cloud.stage.service,
        "--rate", "100", "--clients", "100", "--seconds", f"{seconds:g}", "--json", file,
    )  # fmt: skip
    action()
    if users.wait(seconds + 60):
        raise NotReady(f"the users ended with {users.returncode}; see users.log")
    total: dict[str, Any] = json.loads(file.read_text())["total"]
    kinds = ", ".join(f"{count} x {kind}" for kind, count in total["errors"].items())
    tell(f"    {total['requests']:,} requests, p95 {total['p95']:.3g} s, errors: {kinds or 'none'}")
    return Spell(total["requests"], total["errors"], total["p95"])
