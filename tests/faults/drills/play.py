"""A drill's run: a fault let loose on it, rounds of reap, the same again, a look at it all."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.cell import Play
from tests.faults.drills import look
from tests.faults.drills.place import place
from tests.faults.drills.rules import violations
from tests.faults.drills.scene import DrillScene
from tests.faults.drills.seen import Seen
from tests.faults.ground import Ground
from tests.faults.kinds import Kind
from tests.faults.slack import threads
from tests.faults.step import Step


@contextmanager
def staged(ground: Ground, step: Step, lots: random.Random, lane: int) -> Iterator[Play]:
    """A place of the run's own, with a set; whether it has an index is drawn."""
    drawn = lots.choice(step.draws)
    with place(ground, lane, drawn) as here:
        scene = DrillScene(here, step, drawn, lots, ground.said)
        yield Play(scene, scene.take, lambda kind: violations(_play(scene, kind)))


def _play(scene: DrillScene, kind: Kind) -> Seen:
    before = look.production(scene.place)
    begun = len(scene.commands)
    kind.let_loose(scene)
    ended = tuple(one.ended for one in scene.commands[begun:] if one.runbook == "drill")
    known = scene.drafts() | scene.known
    scene.settled()
    again = scene.drilled()
    left = scene.left()
    reports, unread = look.reports(scene)
    return Seen(
        survived=kind.survived and scene.met,
        ended=ended,
        begun=frozenset(known),
        again=again.ended,
        before=before,
        after=look.production(scene.place),
        reports=reports,
        unread=unread,
        proven=look.proven(scene),
        left=tuple(left),
        threads=tuple(threads(scene.place)),
        secrets=look.secrets(scene.place),
        texts=look.texts(scene),
    )
