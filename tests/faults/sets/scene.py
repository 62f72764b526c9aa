"""A run about recovery sets under way, and what is run after it."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from clients.catalogue import Catalogue, read_catalogue, rewrite_summary
from clients.leases import read_lease
from domain.recovery_set import Proof, State
from tests.faults.command import Command
from tests.faults.place import LAPSES
from tests.faults.scene import Scene
from tests.faults.sets.place import SetPlace
from tests.faults.sets.seen import too_late
from tests.processes import wait_until

LONG_AGO = timedelta(days=2)  # longer than incomplete sets are kept
DRILL = timedelta(minutes=1)
SELDOM = ("/checks", "/copies")  # leases that are taken only where there is something to do
ARRIVES = 1.0  # seconds in which a call that was let go is carried out
TICK = 2.0  # seconds: storage tells the time in whole ones, and a set may be dated one ahead


@dataclass
class SetScene(Scene):
    """What a fault is let loose on: recovery sets, and the command about them."""

    place: SetPlace

    @property
    def leases(self) -> list[str]:
        """Their names in the state bucket."""
        names = self.place.objects(self.place.env.state)
        return [name for name in names if name.startswith("leases/")]

    def leases_left(self) -> list[str]:
        """Those that nobody gave up. One that has lapsed stays until somebody takes it: who has nothing to
        check or to copy does not."""
        return [name for name in self.leases if not (name.endswith(SELDOM) and self._lapsed(_of(name)))]

    def arguments(self) -> list[str]:
        return self._arguments(self.step.runbook)

    def settled(self) -> None:
        """Nobody settles a backup: the next one takes a lease that has lapsed."""
        for name in self.leases:
            lapsed = partial(self._lapsed, _of(name))
            wait_until(lapsed, seconds=LAPSES + 5, what=f"{name} to lapse")

    def woken(self) -> None:
        """Its call may still be on its way; a lease that it has written anew lapses."""
        time.sleep(ARRIVES)
        self.settled()

    def undisturbed(self, runbook: str) -> Command:
        """A command that nothing happens to; seen to its end.

        On a machine that is busy with other things an answer may come too late, as calls have little time
        here: then it is run again, twice at most.
        """
        for _ in range(2):
            command = self.muster(self._arguments(runbook))
            if self.ended(command) == 0 or not too_late(command.said):
                return command
            self.notes.append(f"run again, as it ended with: {command.said.strip().splitlines()[-1]}")
            self.settled()
        command = self.muster(self._arguments(runbook))
        self.ended(command)
        return command

    def take(self, sets: int) -> None:
        """Sets to begin with."""
        for _ in range(sets):
            command = self.undisturbed("backup")
            assert command.code == 0, command.said

    def prove(self) -> None:
        """The newest set that can be restored was, by a drill: without such a one nothing expires."""
        time.sleep(TICK)
        catalogue = self.catalogue()
        if any(each.proven for each in catalogue.sets):
            return
        for listed in reversed(catalogue.listed):
            if listed.set.restorable:
                proof = Proof("drill", datetime.now(UTC), DRILL, DRILL)
                known = replace(listed.set, state=State.PROVEN, proof=proof)
                rewrite_summary(self.place.env, listed, known)
                return

    def age(self) -> None:
        """Two days pass for the sets that are incomplete: so long they are kept."""
        for listed in self.catalogue().listed:
            if listed.set.state is State.INCOMPLETE and not listed.set.deleting:
                known = replace(listed.set, taken_at=listed.set.taken_at - LONG_AGO)
                rewrite_summary(self.place.env, listed, known)

    def mark(self) -> None:
        """What expires is marked, and its grace passes."""
        marked = self.undisturbed("expire")
        assert marked.code == 0, marked.said
        time.sleep(TICK)

    def _lapsed(self, of: str) -> bool:
        reading = read_lease(self.place.env, of).reading
        return reading is None or reading.lapsed

    def catalogue(self) -> Catalogue:
        return read_catalogue(self.place.env)

    def _arguments(self, runbook: str) -> list[str]:
        more = {"backup": ["--alone"], "expire": ["--apply"]}.get(runbook, [])
        followed = runbook == "backup" and self.step.start == "nightly"
        return [runbook, self.place.name, *([] if followed else more)]


def _of(lease: str) -> str:
    """What it is a lease of, by its name."""
    return lease.rpartition("/")[2]
