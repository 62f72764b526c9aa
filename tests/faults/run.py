"""One run of a cell with a seed: a fault let loose, others who tidy up, the same again, a look at it all."""

import random
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.faults.cell import Cell
from tests.faults.ground import Ground


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    cell: str
    seed: int
    at: datetime
    seconds: float
    release: str  # what was drawn: of a backup, what its environment has
    met: bool  # whether the step's call was made, so that there was a fault at all
    violations: tuple[str, ...]
    notes: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  # by its commands, where something was violated


def run(ground: Ground, cell: Cell, seed: int, lane: int = 0) -> Outcome:
    """The same seed draws the same lots; what processes do at the same time is not drawn."""
    began, at = time.monotonic(), datetime.now(UTC)
    lots = random.Random(f"{cell.name} {seed}")
    with cell.staged(ground, cell.step, lots, lane) as play:
        scene = play.scene
        try:
            play.prepare()
            wrong = [*play.act(cell.kind), *scene.violations]
        except Exception as error:  # of the harness: as bad as a violation, and no reason to end the others
            wrong = [*scene.violations, f"the run itself failed: {type(error).__name__}: {error}"]
            scene.notes.append(traceback.format_exc())
        finally:
            scene.kill_all()
        said = tuple(f"{' '.join(one.arguments[:2])}: {one.code}\n{one.said}" for one in scene.commands)
        for command in scene.commands:
            command.forget()
    seconds = round(time.monotonic() - began, 1)
    return Outcome(
        cell=cell.name,
        seed=seed,
        at=at,
        seconds=seconds,
        release=scene.drawn,
        met=scene.met,
        violations=tuple(wrong),
        notes=tuple(scene.notes),
        said=said if wrong else (),
    )
