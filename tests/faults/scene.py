"""A run under way: its place, its lots, the commands it started, and what is to be told of it."""

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.api import Faults
from tests.faults.command import Command, Executed, Forked
from tests.faults.place import Place
from tests.faults.step import Step

ENDS = 120.0  # seconds in which a command has to end by itself


@dataclass
class Scene(ABC):
    """What a fault is let loose on."""

    place: Place
    step: Step
    drawn: str  # what the run is about, one of the step's
    lots: random.Random
    folder: Path
    commands: list[Command] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # for whoever reads the report
    violations: list[str] = field(default_factory=list)  # that show at once
    met: bool = True  # whether the step's call was made at all
    late: int = 0  # calls that a process may make after it lost its lease: the one that was held
    takes_over: bool = False  # whether a second of its kind takes the lease from the first at once

    @abstractmethod
    def arguments(self) -> list[str]:
        """Of the command under test."""

    @abstractmethod
    def settled(self) -> None:
        """Others tidy up what the command has left, until nothing is."""

    @abstractmethod
    def woken(self) -> None:
        """The command has ended, whose held call came late: what that leaves is tidied up, or told of."""

    @property
    def faults(self) -> Faults:
        return self.place.ground.faults

    def start(self) -> Command:
        """The command under test."""
        return self.muster(self.arguments())

    def skip(self, why: str) -> None:
        """There was no fault, and so the run does not count."""
        self.met = False
        self.notes.append(why)

    def arm(self, action: str, *, times: int = 1) -> str:
        """A fault for the step's own call."""
        skip = self.lots.randint(0, self.step.skips)
        return self.faults.arm(action, times=times, **self.step.call(self.place.words, skip))

    def held(self, fault: str, command: Command) -> bool:
        """Wait until the step's call is held; whether it ever was."""
        self.met = self.faults.wait_held(fault, lambda: command.running, ENDS)
        if not self.met:
            self.skip("the step's call was never made")
        return self.met

    def ended(self, command: Command, within: float = ENDS) -> int | None:
        """Its exit code; a command that does not end is killed, and told of."""
        code = command.end(within)
        if code is None:
            self.violations.append(
                f"muster {' '.join(command.arguments[:2])} did not end within {within:g} s"
            )
            command.kill()
        return code

    def kill_all(self) -> None:
        for command in self.commands:
            command.kill()

    def muster(self, arguments: list[str]) -> Command:
        """`muster`, forked."""
        output = self._output()
        forked = Forked(arguments, self.place.variables, output)
        return self._keep(Command(arguments, output, forked))

    def execute(self, program: list[str], variables: dict[str, str]) -> Command:
        """The command under test, as a fresh program."""
        output = self._output()
        executed = Executed(program, {**self.place.variables, **variables}, output)
        return self._keep(Command(self.arguments(), output, executed))

    def _output(self) -> Path:
        return self.folder / f"{self.place.name}-{len(self.commands)}.txt"

    def _keep(self, command: Command) -> Command:
        self.commands.append(command)
        return command
