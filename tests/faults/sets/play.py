"""A run about recovery sets: a fault let loose on it, the same again, what follows it, a look at it all."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from tests.faults.cell import Play
from tests.faults.command import Ended
from tests.faults.ground import Ground
from tests.faults.kinds import Kind
from tests.faults.sets import look
from tests.faults.sets.place import SetPlace, place
from tests.faults.sets.rules import violations
from tests.faults.sets.scene import TICK, SetScene
from tests.faults.sets.seen import Seen
from tests.faults.slack import threads
from tests.faults.step import Step


@contextmanager
def staged(ground: Ground, step: Step, lots: random.Random, lane: int) -> Iterator[Play]:
    """A place of the run's own; what it has beside its service is drawn."""
    drawn = lots.choice(step.draws)
    with place(ground, lane, drawn) as here, _slowly(here) if step.start == "slow" else nullcontext():
        scene = SetScene(here, step, drawn, lots, ground.said)
        yield Play(scene, partial(_prepare, scene), lambda kind: violations(_play(scene, kind)))


@contextmanager
def _slowly(here: SetPlace) -> Iterator[None]:
    """A backup takes so long that its lease has to be renewed."""
    assert here.server
    about = f"/backups[?].*{here.server.instance}"
    fault = here.ground.faults.arm("delay", method="GET", path=about, times=4, seconds=0.8)
    try:
        yield
    finally:
        here.ground.faults.remove(fault)


def _prepare(scene: SetScene) -> None:
    match scene.step.start:
        case "a set":
            scene.take(1)
        case "outdone":
            scene.take(2)
            scene.prove()
        case "marked":
            scene.take(2)
            scene.prove()
            scene.mark()


def _play(scene: SetScene, kind: Kind) -> Seen:
    before = tuple(each.id for each in scene.catalogue().sets)
    begun = len(scene.commands)
    kind.let_loose(scene)
    ended = tuple(one.ended for one in scene.commands[begun:])
    scene.settled()
    settled = look.found(scene)
    after = tuple(_afterwards(scene))
    return Seen(
        runbook=scene.step.runbook,
        before=before,
        survived=kind.survived and scene.met,
        ended=ended,
        settled=settled,
        after=after,
        final=look.found(scene),
        leases=tuple(scene.leases_left()),
        threads=tuple(threads(scene.place)),
        secrets=look.secrets(scene.place),
        texts=look.texts(scene),
    )


def _afterwards(scene: SetScene) -> Iterator[Ended]:
    """The same again; then what comes after a backup, and time passes until what expires has gone."""
    yield scene.undisturbed(scene.step.runbook).ended
    for runbook in ("verify", "copy"):
        yield scene.undisturbed(runbook).ended
    scene.prove()
    scene.age()
    yield scene.undisturbed("expire").ended  # it marks
    time.sleep(TICK)
    yield scene.undisturbed("expire").ended  # it deletes
