"""A release's run: a fault let loose on it, others who settle, the same again, a look at it all."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial

from examples.load.tally import PLATFORM, Tally
from tests.faults.cell import Play
from tests.faults.deploys import look, traces
from tests.faults.deploys.invariants import violations
from tests.faults.deploys.place import place
from tests.faults.deploys.releases import RELEASES, SCHEMA
from tests.faults.deploys.scene import DeployScene
from tests.faults.deploys.seen import Seen, State
from tests.faults.deploys.start import prepare
from tests.faults.deploys.traces import Change
from tests.faults.ground import Ground
from tests.faults.kinds import Kind
from tests.faults.slack import threads as slack_threads
from tests.faults.step import Step
from tests.users import users_at

LAG = 0.6  # seconds until the log tells of what was asked before


@contextmanager
def staged(ground: Ground, step: Step, lots: random.Random, lane: int) -> Iterator[Play]:
    """A place of the run's own, and a release drawn for it."""
    drawn = lots.choice(step.draws)
    with place(ground, lane, database=RELEASES[drawn].schema != SCHEMA) as here:
        takes_over = step.runbook == "rollback"
        scene = DeployScene(here, step, drawn, lots, ground.said, takes_over=takes_over)
        yield Play(scene, partial(prepare, scene), lambda kind: violations(_play(scene, kind)))


def _play(scene: DeployScene, kind: Kind) -> Seen:
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
        kind.let_loose(scene)
        ended = tuple(one.ended for one in scene.commands if one.runbook != "settle")
        scene.settled()
        settled_at, tally = datetime.now(UTC), load.tally if load else None
        settled = look.state(here)
        time.sleep(LAG)
        records, threads = traces.records(here), slack_threads(here)
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
        rerun=again.ended,
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


def _wanted(scene: DeployScene, served: str, canary: str, settled: State) -> tuple[str, frozenset[int]]:
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
