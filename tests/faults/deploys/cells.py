"""The cells of deploy and rollback."""

from tests.faults.cell import Cell
from tests.faults.deploys.flow_runs import FLOW_RUN
from tests.faults.deploys.play import staged
from tests.faults.deploys.steps import RUNBOOKS, STEPS
from tests.faults.kinds import CLOUD_RUN_DOWN, KINDS, WHOLE

CELLS = (
    *(Cell(step, kind, staged) for step in STEPS for kind in (*KINDS, CLOUD_RUN_DOWN)),
    *(Cell(step, FLOW_RUN, staged) for step in STEPS if step.runbook == "deploy" and step.start == "serving"),
    *(Cell(step, kind, staged) for step in RUNBOOKS for kind in WHOLE),
)
