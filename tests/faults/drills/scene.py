"""A drill under way, and how `muster reap` removes what it has left."""

import re
import time
from dataclasses import dataclass
from typing import Any

import httpx

from clients.drill_drafts import list_drill_drafts
from domain.drill_names import ENVIRONMENT, drill_in_name
from tests.faults.command import Command
from tests.faults.drills.place import LEFT_ALONE, DrillPlace
from tests.faults.place import LAPSES
from tests.faults.scene import Scene
from tests.faults.sets.seen import too_late

ENDS = 300.0  # seconds: a drill is a dozen seconds of work, and a busy machine's minutes
ARRIVES = 1.0  # seconds in which a call that was let go is carried out
REAPED = LAPSES + LEFT_ALONE + 25  # seconds, at most, with what Cloud SQL takes to delete an instance
MARK = "cluster.metadata.muster"
NAMED = re.compile(r"drill-(\d{8}-\d{6}-[0-9a-f]{6})")


@dataclass
class DrillScene(Scene):
    """What a fault is let loose on: a set, and the drill of it."""

    place: DrillPlace

    def ended(self, command: Command, within: float = ENDS) -> int | None:
        return super().ended(command, within)

    def arguments(self) -> list[str]:
        return ["drill", self.place.name]

    def take(self) -> None:
        """The set to begin with."""
        command = self.muster(["backup", self.place.name, "--alone"])
        assert self.ended(command) == 0, command.said

    def drilled(self) -> Command:
        """The same command once more, undisturbed; seen to its end. Where a busy machine answers too late it
        is run again, twice at most."""
        for _ in range(2):
            command = self.start()
            if self.ended(command) == 0 or not too_late(command.said):
                return command
            self.notes.append(f"run again, as it ended with: {command.said.strip().splitlines()[-1]}")
            self.settled()
        command = self.start()
        self.ended(command)
        return command

    def settled(self) -> None:
        """Rounds of reap until nothing of any drill is left, in its time."""
        end = time.monotonic() + REAPED
        while (left := self.left()) and time.monotonic() < end:
            self.reap()
            time.sleep(0.5)
        if left:
            self.violations.append(f"not reaped within {REAPED:g} s: {', '.join(left)}")

    def reap(self) -> None:
        """One round. It ends with 1 while something cannot be removed yet."""
        command = self.muster(["reap", self.place.name])
        if self.ended(command) not in {0, 1}:
            self.violations.append(f"muster reap ended with {command.code}: {command.said.strip()[-300:]}")

    def woken(self) -> None:
        """Its call may still be on its way; what it made late is removed, too."""
        time.sleep(ARRIVES)
        self.settled()

    def drafts(self) -> set[str]:
        """The drills that have begun and have no end yet, or left something."""
        return {draft.id for draft in list_drill_drafts(self.place.env).drafts}

    @property
    def known(self) -> set[str]:
        """The drills of this run, by what its commands said and what lies in the buckets."""
        said = "\n".join(command.said for command in self.commands)
        names = [
            name
            for bucket in (self.place.env.state, self.place.env.vault)
            for name in self.place.objects(bucket)
        ]
        in_names = re.findall(r"drills/[^/]+/(\d{8}-\d{6}-[0-9a-f]{6})", "\n".join(names))
        return {*NAMED.findall(said), *in_names}

    def left(self) -> list[str]:
        """All that a drill that is over should not have left."""
        place = self.place
        names = place.objects(place.env.state)
        left = [name for name in names if name.startswith(("leases/", "drills/"))]
        return [*left, *self._things(), *self._backups(), *(self._in_cluster() if place.search else [])]

    def _things(self) -> list[str]:
        """What carries a drill's name or label: instances, secrets, services, jobs."""
        project, run = f"/v1/projects/{self.place.env.project}", self.place.ground.run.root
        lists = {
            f"{project}/instances": "items",
            f"{project}/secrets": "secrets",
            f"{run}/services": "services",
            f"{run}/jobs": "jobs",
        }
        return [
            f"{kind} {each['name'].rpartition('/')[2]}"
            for address, kind in lists.items()
            for each in self._get(address).get(kind, [])
            if self._of_drill(each)
        ]

    def _backups(self) -> list[str]:
        """Those of a drill's instance, which outlive it."""
        found = self._get(f"/v1/projects/{self.place.env.project}/backups").get("backups", [])
        return [one["name"] for one in found if drill_in_name(one.get("instance", ""))]

    def _in_cluster(self) -> list[str]:
        """What a drill restored into the isolated cluster."""
        with httpx.Client(base_url=self.place.ground.isolated(), timeout=30) as cluster:
            indices = [one["index"] for one in cluster.get("/_cat/indices?format=json").json()]
            kept: dict[str, Any] = cluster.get("/_cluster/settings?flat_settings=true").json()
            repositories = cluster.get("/_snapshot").json()
        mark = [MARK] if MARK in kept["persistent"] else []
        return [*mark, *indices, *(f"repository {name}" for name in repositories)]

    def _of_drill(self, thing: dict[str, Any]) -> bool:
        labels = thing.get("labels") or thing.get("settings", {}).get("userLabels", {})
        drill = drill_in_name(thing["name"].rpartition("/")[2])
        return labels.get(ENVIRONMENT) == self.place.name or (bool(drill) and drill in self.known)

    def _get(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self.place.ground.http.get(address).raise_for_status().json()
        return found
