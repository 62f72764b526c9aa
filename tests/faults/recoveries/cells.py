"""The cells of recoveries by failover."""

from tests.faults.cell import Cell
from tests.faults.kinds import KINDS, WHOLE
from tests.faults.recoveries.play import staged
from tests.faults.recoveries.steps import ALL, STEPS

CELLS = (
    *(Cell(step, kind, staged) for step in STEPS for kind in KINDS),
    *(Cell(ALL, kind, staged) for kind in WHOLE),
)
