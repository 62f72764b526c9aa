"""The cells of recoveries by failover."""

from tests.faults.cell import Cell
from tests.faults.kinds import KINDS
from tests.faults.recoveries.play import staged
from tests.faults.recoveries.steps import STEPS

CELLS = tuple(Cell(step, kind, staged) for step in STEPS for kind in KINDS)
