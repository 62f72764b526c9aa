"""A run under way: its place, its lots, the commands it started, and what is to be told of it."""

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.api import Faults
from tests.faults.command import Command, Executed, Forked
from tests.faults.place import LAPSES, Place
from tests.faults.releases import Release
from tests.faults.steps import Step
from tests.processes import wait_until
from tests.sandbox.run_client import Document

ENDS = 120.0  # seconds in which a command has to end by itself
NO_FAULT = ("were sent to it", "Read timed out", "could not be renewed")  # in what a rerun says
MARKS = {"muster/baseline", "muster/deploy"}  # of a trial; the signature of who acted last stays
FENCES = "fences/"  # leases that were taken from their holders are remembered for a day
KEPT = (FENCES, "evidence/")  # of a trial that was cut short, for a rerun


@dataclass
class Scene:
    """What a fault is let loose on."""

    place: Place
    step: Step
    release: Release
    lots: random.Random
    folder: Path
    commands: list[Command] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # for whoever reads the report
    violations: list[str] = field(default_factory=list)  # that show at once
    met: bool = True  # whether the step's call was made at all
    late: int = 0  # changes that a woken process may make after it lost its lease: the one that was held

    @property
    def faults(self) -> Faults:
        return self.place.ground.faults

    @property
    def lease(self) -> str:
        """Its name in the state bucket."""
        return f"leases/{self.place.name}"

    def start(self) -> Command:
        """The command under test."""
        return self._start(self.arguments())

    def arguments(self) -> list[str]:
        if self.step.runbook == "rollback":
            return ["rollback", self.place.name]
        image = ["--image", self.place.ground.images[self.release.name]]
        if self.step.start == "source":
            image = ["--source", str(self.place.ground.folder / "sources" / self.release.name)]
        return ["deploy", self.place.name, *image, "--ref", self.release.name]

    def flow_arguments(self) -> list[str]:
        """Those of a deploy as a flow run: see flow_run.py."""
        return [self.place.name, self.place.ground.images[self.release.name], self.release.name]

    def skip(self, why: str) -> None:
        """There was no fault, and so the run does not count."""
        self.met = False
        self.notes.append(why)

    def arm(self, action: str, *, times: int = 1) -> str:
        """A fault for the step's own call."""
        skip = self.lots.randint(0, self.step.skips)
        return self.faults.arm(action, times=times, **self.step.call(self.place.name, skip))

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

    def rerun(self) -> Command:
        """The same command, once more, undisturbed; seen to its end.

        It may fail for no fault of ours: chance makes a good release's share of requests look odd once in a
        thousand holds, and a machine that is busy with other things answers too late. Then it goes back, as
        it should, and is run again, twice at most.
        """
        command = self.start()
        for _ in range(2):
            if self.ended(command) != 1 or not any(words in command.said for words in NO_FAULT):
                break
            self.notes.append(f"run again, as it ended with: {command.said.strip().splitlines()[-1]}")
            command = self.start()
        self.ended(command)
        return command

    def left(self) -> list[str]:
        """What is left in the state bucket, and of jobs, when everything is over."""
        names = self.place.objects(self.place.env.state)
        left = [name for name in names if not name.startswith(FENCES)]
        return left + self.place.jobs()

    def settle(self) -> None:
        """One round."""
        command = self._start(["settle", self.place.name])
        code = self.ended(command)
        if code != 0:
            self.violations.append(f"muster settle ended with {code}: {command.said.strip()[-300:]}")

    def settled(self) -> None:
        """Rounds, until nothing is left to undo; by then the lease must have lapsed."""
        end = time.monotonic() + LAPSES + 5
        while (left := self.unsettled()) and time.monotonic() < end:
            self.settle()
            time.sleep(0.3)
        if left:
            self.violations.append(f"not settled within {LAPSES + 5:g} s: {', '.join(left)}")

    def wait_for_cloud_run(self) -> None:
        """Until it is not at work on the service."""
        wait_until(lambda: not _busy(self.place.service or {}), seconds=60, what="Cloud Run at rest")

    def unsettled(self) -> list[str]:
        """What a deploy that is over should not have left."""
        service = self.place.service or {}
        left = [key for key in service.get("annotations", {}) if key in MARKS]
        left += [f"tag {one['tag']}" for one in service.get("traffic", []) if one.get("tag") == "canary"]
        left += [f"job {name}" for name in self.place.jobs()]
        names = self.place.objects(self.place.env.state)
        left += [name for name in names if not name.startswith(KEPT)]
        return left + (["Cloud Run is at work"] if _busy(service) else [])

    def kill_all(self) -> None:
        for command in self.commands:
            command.kill()

    def _start(self, arguments: list[str]) -> Command:
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


def _busy(service: Document) -> bool:
    return bool(service.get("reconciling"))
