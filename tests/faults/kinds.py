"""The faults: each lets one loose on a scene's step, and sees the command under test to its end."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.demo.stage import free_port
from tests.faults.command import Command
from tests.faults.place import LAPSES
from tests.faults.scene import Scene

EVERYTHING = "^/(?!slack/)"  # of Google's
STORAGE = "^/(upload/|resumable/|download/)?storage/"
CLOUD_RUN = "^/v2/projects/[^/]+/locations/[^/]+/(services|jobs|operations)"
FOR_EVER = 1_000_000
MUSTER = Path(sys.executable).with_name("muster")


@dataclass(frozen=True)
class Kind:
    """A kind of fault; `let_loose` returns when the command under test has ended, or was killed."""

    name: str
    about: str
    let_loose: Callable[[Scene], None]
    survived: bool = False  # whether the command does what it was asked, all the same


def killed(action: str) -> Callable[[Scene], None]:
    """SIGKILL while the step's call, or its answer, is held; what is held is never carried out."""

    def kill(scene: Scene) -> None:
        found = in_the_step(scene, action)
        if found:
            command, fault = found
            command.signal(signal.SIGKILL)
            scene.faults.remove(fault, carry_out=False)

    return kill


def answer_lost(scene: Scene) -> None:
    """The call is carried out, and its connection cut; sometimes so is the next try's."""
    fault = scene.arm("drop_answer", times=scene.lots.choice((1, 1, 2)))
    scene.ended(scene.start())
    scene.met = scene.faults.met(fault) > 0
    scene.faults.remove(fault)


def storm(status: int) -> Callable[[Scene], None]:
    """That status for the step's call and so many after it."""

    def rage(scene: Scene) -> None:
        found = in_the_step(scene)
        if found:
            times = scene.lots.randint(2, 30)
            with meeting(scene, EVERYTHING, "refuse", status=status, times=times):
                _end(scene, *found)

    return rage


def denied(scene: Scene) -> None:
    """403 until the process has ended: its credentials do not come back. Who settles has their own."""
    found = in_the_step(scene)
    if found:
        with meeting(scene, EVERYTHING, "refuse", status=403, message="The credentials have expired."):
            _end(scene, *found)


def duplicated(scene: Scene) -> None:
    """The same command once more, while the first is in the step; where it takes over, the call that is held
    may come after what the second does."""
    found = in_the_step(scene)
    if found:
        twin = scene.start()
        time.sleep(scene.lots.uniform(0, 0.6))
        scene.late = int(scene.takes_over)
        _end(scene, *found)
        scene.ended(twin)
        if scene.late:
            scene.settled()
            scene.woken()


def away(path: str, shortest: float, longest: float) -> Callable[[Scene], None]:
    """What answers there is away from the step on, for a while drawn by lot (seconds)."""

    def go(scene: Scene) -> None:
        found = in_the_step(scene)
        if found:
            command, fault = found
            with meeting(scene, path, scene.lots.choice(("refuse", "drop"))):
                scene.faults.remove(fault, carry_out=scene.lots.random() < 0.5)
                command.end(scene.lots.uniform(shortest, longest))
            scene.ended(command)

    return go


def stopped(scene: Scene) -> None:
    """Stopped before the effect, woken when others have settled what it was about, its call on the way."""
    found = in_the_step(scene)
    if not found:
        return
    command, fault = found
    command.signal(signal.SIGSTOP)
    time.sleep(LAPSES)
    scene.settled()
    scene.late = 1
    call_first = scene.lots.random() < 0.5
    if call_first:
        scene.faults.remove(fault)
    command.signal(signal.SIGCONT)
    if not call_first:
        time.sleep(scene.lots.uniform(0, 0.5))
        scene.faults.remove(fault)
    scene.ended(command)
    scene.woken()


def slowed(scene: Scene) -> None:
    """Every call takes ten times as long as it would, from the beginning."""
    seconds = scene.lots.uniform(0.1, 0.25)
    with meeting(scene, EVERYTHING, "delay", seconds=seconds):
        scene.ended(scene.start())


def misdated(seconds: int) -> Callable[[Scene], None]:
    """The process's wall clock is off; what it measures by its monotonic clock is right."""

    def mistake(scene: Scene) -> None:
        library = scene.place.ground.clock()
        if library is None:
            scene.skip("there is no C compiler (cc) to make a clock with")
            return
        clock = {"LD_PRELOAD": str(library), "CLOCK_OFF": str(seconds)}
        scene.ended(scene.execute([str(MUSTER), *scene.arguments()], clock))

    return mistake


def without_prefect(scene: Scene) -> None:
    """The command needs no server, whatever the settings say."""
    nowhere = {"PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api"}
    scene.ended(scene.execute([str(MUSTER), *scene.arguments()], nowhere))


KINDS = (
    Kind("killed before", "SIGKILL before the step's effect", killed("hold")),
    Kind("killed after", "SIGKILL after the effect, before it is recorded", killed("hold_answer")),
    Kind("answer lost", "the call succeeded, its answer was lost", answer_lost, survived=True),
    Kind("429 storm", "2 to 30 calls from the step's on are answered 429", storm(429)),
    Kind("503 storm", "2 to 30 calls from the step's on are answered 503", storm(503)),
    Kind("403", "every call of the process from the step's on is answered 403", denied),
    Kind("duplicate", "the same command a second time, while the first is in the step", duplicated),
    Kind("storage down", "storage refuses or drops all calls for 1 to 20 s", away(STORAGE, 1, 20)),
    Kind("stopped", "SIGSTOP before the effect; it wakes after its lease lapsed", stopped),
)

WHOLE = (
    Kind("ten times slower", "every call takes 0.1 to 0.25 s longer", slowed, survived=True),
    Kind("five minutes fast", "the process's clock is five minutes ahead", misdated(300), survived=True),
    Kind("five minutes slow", "the process's clock is five minutes behind", misdated(-300), survived=True),
    Kind("Prefect never there", "no Prefect server answers, from the start", without_prefect, survived=True),
)
CLOUD_RUN_DOWN = Kind(
    "Cloud Run down", "Cloud Run's API refuses or drops all calls for 30 s", away(CLOUD_RUN, 30, 30)
)


def in_the_step(scene: Scene, action: str = "hold") -> tuple[Command, str] | None:
    """The command, its step's call being held by that fault; None when it ended without making it."""
    fault = scene.arm(action)
    command = scene.start()
    if scene.held(fault, command):
        return command, fault
    scene.faults.remove(fault)
    scene.ended(command)
    return None


def _end(scene: Scene, command: Command, fault: str) -> None:
    """Let go of the held call, carried out or cut off, and wait for the command's end."""
    scene.faults.remove(fault, carry_out=scene.lots.random() < 0.5)
    scene.ended(command)


@contextmanager
def meeting(scene: Scene, path: str, action: str, times: int = FOR_EVER, **more: Any) -> Iterator[None]:
    """Inside, calls about the scene's environment meet that."""
    fault = scene.faults.arm(action, path=path, about=scene.place.about, times=times, **more)
    try:
        yield
    finally:
        scene.faults.remove(fault)
