"""A recovery's run: a fault let loose on it, the same again, and all the while a look at who takes writes."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tasks.drill_reports import read_reports
from tests.faults.cell import Play
from tests.faults.ground import TOKEN, Ground
from tests.faults.kinds import Kind
from tests.faults.recoveries.place import BEFORE, RecoveredPlace, place
from tests.faults.recoveries.rules import violations
from tests.faults.recoveries.scene import RecoveryScene
from tests.faults.recoveries.seen import Seen
from tests.faults.recoveries.watch import takes_a_write, watched
from tests.faults.slack import threads
from tests.faults.step import Step


@contextmanager
def staged(ground: Ground, step: Step, lots: random.Random, _: int) -> Iterator[Play]:
    """A place of the run's own; whether its primary is lost, or lives, is drawn."""
    drawn = lots.choice(step.draws)
    with place(ground) as here:
        scene = RecoveryScene(here, step, drawn, lots, ground.said)
        prepare = here.lose if drawn == "lost" else lambda: None
        yield Play(scene, prepare, lambda kind: violations(_play(scene, kind)))


def _play(scene: RecoveryScene, kind: Kind) -> Seen:
    here = scene.place
    with watched(here) as watch:
        kind.let_loose(scene)
        scene.settled()
        ended = tuple(one.ended for one in scene.commands if one.runbook == "recover")
        again = scene.start()
        scene.ended(again)
    left = scene.left()
    return Seen(
        survived=kind.survived and scene.met,
        ended=ended,
        again=again.ended,
        two_at_once=watch.two_at_once,
        old_takes_writes=takes_a_write(here.login(here.hosts[0])),
        new_takes_writes=takes_a_write(here.login(here.hosts[1])),
        shut_out=tuple(secret for secret in here.logins if not _opens(here, secret)),
        served={"write": here.note("after"), "read what was written before": here.noted(BEFORE)},
        reports=read_reports(here.env).reports,
        left=tuple(left),
        threads=tuple(threads(here)),
        secrets=_secrets(scene),
        texts=_texts(scene),
    )


def _opens(here: RecoveredPlace, secret: str) -> bool:
    """Whether the address in its newest version is the new primary's, and its login is good."""
    try:
        with psycopg.connect(here.ground.read_secret(secret)) as connection:
            return connection.info.host == here.hosts[1]
    except psycopg.OperationalError:
        return False


def _secrets(scene: RecoveryScene) -> dict[str, str]:
    """What must not be read anywhere."""
    here = scene.place
    assert here.server
    words = {"a variable's secret": here.ground.planted, "Slack's token": here.ground.read_secret(TOKEN)}
    return words | {f"the password of {user}": word for user, word in here.server.passwords.items()}


def _texts(scene: RecoveryScene) -> dict[str, str]:
    """Everything that was written, by where it is."""
    here = scene.place
    written = {f"what {one.runbook} said": one.said for one in scene.commands}
    for bucket in (here.env.state, here.env.vault):
        for name, text in here.objects(bucket).items():
            written[f"gs://{bucket}/{name}"] = text
    written["Slack"] = "\n".join(thread.everything for thread in threads(here))
    return written
