"""What the router knows of a port: whose it is, and which revisions it leads to."""

import random
from typing import Any


class Route:
    """One port: a service's own, with its split, or a tag's, with its one revision."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.service: str = row["service"]
        self.timeout: float = row["timeout"]
        self.revisions: list[str] = [target["revision"] for target in row["targets"]]
        self.percents: list[int] = [target["percent"] for target in row["targets"]]

    def choose(self) -> str:
        return random.choices(self.revisions, self.percents)[0]
