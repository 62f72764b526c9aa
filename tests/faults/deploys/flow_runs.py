"""The fault that only a flow run meets: its Prefect server goes away."""

import sys

from tests.faults.deploys.prefect import Way
from tests.faults.deploys.scene import DeployScene
from tests.faults.kinds import Kind
from tests.faults.scene import Scene

PREFECT_LINGERS = 400  # seconds: it gives each event that it cannot send seven of them, after the flow's end


def prefect_away(scene: Scene) -> None:
    """A flow run whose server goes away while the step's call is held."""
    assert isinstance(scene, DeployScene)
    way = Way(scene.place.ground.prefect())
    program = [sys.executable, "-m", "tests.faults.deploys.flow_run", *scene.flow_arguments()]
    fault = scene.arm("hold")
    try:
        command = scene.execute(program, way.variables(scene.place.ground.folder))
        scene.held(fault, command)
        way.cut()
        scene.faults.remove(fault)
        scene.ended(command, PREFECT_LINGERS)
    finally:
        way.cut()


FLOW_RUN = Kind("Prefect away", "a flow run whose Prefect server goes away in mid-step", prefect_away)
