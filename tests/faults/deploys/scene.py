"""A run of deploy or rollback under way, and how others settle what it has left."""

import time
from dataclasses import dataclass

from tests.faults.command import Command
from tests.faults.deploys.place import ServedPlace
from tests.faults.deploys.releases import RELEASES, Release
from tests.faults.place import LAPSES
from tests.faults.scene import Scene
from tests.processes import wait_until
from tests.sandbox.run_client import Document

NO_FAULT = ("were sent to it", "Read timed out", "could not be renewed")  # in what a rerun says
MARKS = {"muster/baseline", "muster/deploy"}  # of a trial; the signature of who acted last stays
FENCES = "fences/"  # leases that were taken from their holders are remembered for a day
KEPT = (FENCES, "evidence/")  # of a trial that was cut short, for a rerun


@dataclass
class DeployScene(Scene):
    """What a fault is let loose on: a service, and the release that is drawn for it."""

    place: ServedPlace

    @property
    def release(self) -> Release:
        return RELEASES[self.drawn]

    @property
    def lease(self) -> str:
        """Its name in the state bucket."""
        return f"leases/{self.place.name}"

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
        command = self.muster(["settle", self.place.name])
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

    def woken(self) -> None:
        """One round undoes what it did."""
        self._wait_for_cloud_run()  # what the late call asked of it takes a while, and no round
        self.settle()
        if self.unsettled() == [self.lease]:  # by a call that came late: it lapses
            time.sleep(LAPSES)
            self.settle()
        if left := self.unsettled():
            listed = ", ".join(left)
            self.violations.append(f"what the woken process did is not undone by one round: {listed}")

    def unsettled(self) -> list[str]:
        """What a deploy that is over should not have left."""
        service = self.place.service or {}
        left = [key for key in service.get("annotations", {}) if key in MARKS]
        left += [f"tag {one['tag']}" for one in service.get("traffic", []) if one.get("tag") == "canary"]
        left += [f"job {name}" for name in self.place.jobs()]
        names = self.place.objects(self.place.env.state)
        left += [name for name in names if not name.startswith(KEPT)]
        return left + (["Cloud Run is at work"] if _busy(service) else [])

    def _wait_for_cloud_run(self) -> None:
        """Until it is not at work on the service."""
        wait_until(lambda: not _busy(self.place.service or {}), seconds=60, what="Cloud Run at rest")


def _busy(service: Document) -> bool:
    return bool(service.get("reconciling"))
