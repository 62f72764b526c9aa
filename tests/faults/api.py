"""The sandbox's faults, as the runs use them: armed, met, removed."""

import time
from collections.abc import Callable
from typing import Any

import httpx

LOOK = 0.015  # seconds between looks at what is held


class Faults:
    """The faults of one sandbox. What a run arms concerns that run's calls alone."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def arm(self, action: str, **about: Any) -> str:
        """A new fault; its name. Fields as in sandbox/README.md."""
        made = self._http.post("/faults", json={"action": action, **about}).raise_for_status()
        name: str = made.json()["name"]
        return name

    def remove(self, name: str, *, carry_out: bool = True) -> None:
        """The end of a fault; what it holds is carried out, or never."""
        held = "carry_out" if carry_out else "drop"
        self._http.delete(f"/faults/{name}", params={"held": held}).raise_for_status()

    def met(self, name: str) -> int:
        return int(self._found(name)["met"])

    def held(self, name: str) -> int:
        return int(self._found(name)["held"])

    def wait_held(self, name: str, goes_on: Callable[[], bool], seconds: float = 60) -> bool:
        """Whether a call is held, once one is; not when who is to make it has ended, or in that time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.held(name):
                return True
            if not goes_on():
                return False
            time.sleep(LOOK)
        return False

    def _found(self, name: str) -> dict[str, Any]:
        faults = self._http.get("/faults").raise_for_status().json()["faults"]
        found: dict[str, Any] = next(fault for fault in faults if fault["name"] == name)
        return found
