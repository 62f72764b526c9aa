"""The small kernel that every system of the sandbox is built on."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.kernel.children import Children
from sandbox.kernel.clock import Clock
from sandbox.kernel.faults import Faults
from sandbox.kernel.ports import Ports
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import State
from sandbox.kernel.truth import Truth
from sandbox.kernel.work import Work


@dataclass(frozen=True)
class Kernel:
    """What a system is given to live on."""

    settings: Settings
    state: State
    children: Children
    work: Work
    ports: Ports
    faults: Faults
    truth: Truth
    clock: Clock

    @classmethod
    def open(cls, settings: Settings) -> "Kernel":
        state = State(settings.home / "state.sqlite")
        return cls(
            settings,
            state,
            Children(settings.home),
            Work(state),
            Ports(state),
            Faults(),
            Truth(),
            Clock(state),
        )

    def folder(self, *names: str) -> Path:
        """A folder of the sandbox's own, made where it is missing."""
        path = self.settings.home.joinpath(*names)
        path.mkdir(parents=True, exist_ok=True)
        return path
