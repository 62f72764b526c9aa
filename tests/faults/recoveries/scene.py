"""A recovery under way, and who goes on with what it has left: whoever runs it again."""

import time
from dataclasses import dataclass

from tests.faults.command import Command
from tests.faults.place import LAPSES
from tests.faults.recoveries.place import RecoveredPlace
from tests.faults.scene import Scene

ENDS = 300.0  # seconds, of a recovery
ARRIVES = 1.0  # seconds in which a call that was let go is carried out
LEFT = ("leases/", "runs/")
MARKS = {"muster/baseline", "muster/deploy"}


@dataclass
class RecoveryScene(Scene):
    """What a fault is let loose on: a failover. While its command is stopped somebody else runs it again."""

    place: RecoveredPlace

    def ended(self, command: Command, within: float = ENDS) -> int | None:
        return super().ended(command, within)

    def arguments(self) -> list[str]:
        return ["recover", self.place.name, "--failover", "--apply"]

    def settled(self) -> None:
        """Nobody tidies up after a recovery but the next one; a round of settle may come between."""
        if self.lots.random() < 0.5:
            self.settle()
        if any(one.running for one in self.commands if one.runbook == "recover"):
            self.ended(self.start())

    def settle(self) -> None:
        """One round, of what runs all the time."""
        command = self.muster(["settle", self.place.name])
        if self.ended(command) != 0:
            self.violations.append(f"muster settle ended with {command.code}: {command.said.strip()[-300:]}")

    def woken(self) -> None:
        time.sleep(ARRIVES)

    def left(self) -> list[str]:
        """What a recovery that is over should not have left. What it held late lapses: settle takes it."""
        if self._left():
            time.sleep(LAPSES)
            self.settle()
        return self._left()

    def _left(self) -> list[str]:
        service = self.place.service or {}
        left = [key for key in service.get("annotations", {}) if key in MARKS]
        left += [f"tag {one['tag']}" for one in service.get("traffic", []) if one.get("tag") == "canary"]
        left += [f"secret {name}" for name in self.place.secrets_made]
        names = self.place.objects(self.place.env.state)
        return left + [name for name in names if name.startswith(LEFT)]
