"""What a run begins with."""

import random
import signal

from tests.faults.deploys.scene import DeployScene
from tests.faults.deploys.steps import STEPS


def prepare(scene: DeployScene) -> None:
    """Bring the place to what the step's run begins with."""
    match scene.step.start:
        case "nothing":
            return
        case "promoted":
            scene.place.serve("base", "good")
        case "promoted over a sick one":
            scene.place.serve("sick", "good")
        case "trial":
            scene.place.serve("base")
            _die_on_trial(scene)
        case _:
            scene.place.serve("base")


def _die_on_trial(scene: DeployScene) -> None:
    """A deploy that was killed with a share of the users on its canary."""
    at = next(one for one in STEPS if one.name == "split traffic: 20 %")
    deploy = DeployScene(
        scene.place, at, scene.drawn, random.Random(0), scene.folder, commands=scene.commands
    )
    fault = deploy.arm("hold_answer")
    command = deploy.start()
    assert deploy.held(fault, command), command.said
    command.signal(signal.SIGKILL)
    scene.faults.remove(fault, carry_out=False)
