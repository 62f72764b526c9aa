"""A step of a runbook, by the call by which it takes effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step: which calls are its effect, as regular expressions; {env} and the like are a place's words.

    The seed draws one of `draws`, what the run is about; `skips`: of so many such calls at most the seed lets
    some go free. `start` is what the run begins with.
    """

    runbook: str
    name: str
    method: str
    path: str
    body: str = ""
    draws: tuple[str, ...] = ()
    skips: int = 0
    start: str = "serving"

    def call(self, words: Mapping[str, str], skip: int) -> dict[str, Any]:
        """The fields of a fault that is for this step's effect."""
        path, body = self.path, self.body
        for name, word in words.items():
            path, body = path.replace(f"{{{name}}}", word), body.replace(f"{{{name}}}", word)
        return {"method": self.method, "path": path, "body": body, "skip": skip}
