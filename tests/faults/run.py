"""One run of a cell with a seed: a fault let loose, others who settle, the same again, a look at it all."""

import random
import time
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from examples.load.tally import PLATFORM, Tally
from tests.faults import look, traces
from tests.faults.cell import Cell
from tests.faults.ground import Ground
from tests.faults.invariants import violations
from tests.faults.place import place
from tests.faults.releases import RELEASES, SCHEMA
from tests.faults.scene import Scene
from tests.faults.seen import Ended, Seen, State
from tests.faults.start import prepare
from tests.faults.traces import Change
from tests.users import users_at

LAG = 0.6  # seconds until the log tells of what was asked before


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    cell: str
    seed: int
    at: datetime
    seconds: float
    release: str
    met: bool  # whether the step's call was made, so that there was a fault at all
    violations: tuple[str, ...]
    notes: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  # by its commands, where something was violated


def run(ground: Ground, cell: Cell, seed: int, lane: int = 0) -> Outcome:
    """The same seed draws the same lots; what processes do at the same time is not drawn."""
    began, at = time.monotonic(), datetime.now(UTC)
    lots = random.Random(f"{cell.name} {seed}")
    release = RELEASES[lots.choice(cell.step.releases)]
    database = release.schema != SCHEMA
    with place(ground, lane, database=database) as here:
        scene = Scene(here, cell.step, release, lots, ground.said)
        try:
            prepare(scene)
            wrong = [*violations(_play(scene, cell)), *scene.violations]
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
        release=release.name,
        met=scene.met,
        violations=tuple(wrong),
        notes=tuple(scene.notes),
        said=said if wrong else (),
    )


def _play(scene: Scene, cell: Cell) -> Seen:
    here, service = scene.place, scene.place.service
    served = next(iter(look.shares(service)), "")
    sent = (
        users_at(
            service["uri"],
            rate=scene.lots.uniform(20, 40),
            clients=24,
            seed=scene.lots.randrange(1 << 30),
        )
        if service
        else nullcontext()
    )
    with sent as load:
        cell.kind.let_loose(scene)
        ended = tuple(
            Ended(one.runbook, one.code, one.said) for one in scene.commands if one.runbook != "settle"
        )
        scene.settled()
        settled_at, tally = datetime.now(UTC), load.tally if load else None
        settled = look.state(here)
        time.sleep(LAG)
        records, threads = traces.records(here), traces.threads(here)
        again = scene.rerun()
        scene.settled()
        final = look.state(here)
    time.sleep(LAG)
    changes = traces.changes(here)
    canary = _canary(changes, first=not served)
    wanted, codes = _wanted(scene, served, canary, settled)
    uri = service["uri"] if service else (here.service or {}).get("uri", "")
    return Seen(
        runbook=scene.step.runbook,
        release=scene.release,
        baseline=served,
        canary=canary,
        database=here.server is not None,
        ended=ended,
        settled=settled,
        settled_at=settled_at,
        records=tuple(records),
        threads=tuple(threads),
        met_errors=_errors(tally, canary),
        rerun=Ended(again.runbook, again.code, again.said),
        wanted_codes=codes,
        wanted=wanted,
        final=final,
        changes=tuple(changes),
        asks=tuple(traces.asks(here, uri)) if uri else (),
        left=tuple(scene.left()),
        lost=_lost(load.tally if load else None),
        secrets=look.secrets(here),
        texts=look.texts(scene),
        late=scene.late,
    )


def _wanted(scene: Scene, served: str, canary: str, settled: State) -> tuple[str, frozenset[int]]:
    """Which revision is to serve when all is over, and how the rerun is to end."""
    match scene.step.start:
        case "trial":
            home = served
        case "promoted":
            home = f"{scene.place.name}-base"
        case "promoted over a sick one":
            return served, frozenset({1})
        case "nothing":
            return canary, frozenset({0 if scene.release.works else 1})
        case _:
            works = scene.release.works
            return (canary, frozenset({0})) if works else (served, frozenset({1}))
    back = set(settled.shares) == {home}
    return home, frozenset({0, 2} if back else {0})  # 2: there is nothing left to go back to


def _canary(changes: Sequence[Change], *, first: bool) -> str:
    """The revision that the deploy made; the empty text if it came to none."""
    made = (change.made for change in reversed(changes) if change.made and (first or change.nonce))
    return next(made, "")


def _errors(tally: Tally | None, revision: str) -> int:
    seen = tally.revisions.get(revision) if tally else None
    return sum(seen.errors.values()) if seen else 0


def _lost(tally: Tally | None) -> dict[str, int]:
    seen = tally.revisions.get(PLATFORM) if tally else None
    return dict(seen.errors) if seen else {}
