"""The cells of what is run about recovery sets."""

from functools import partial

from tests.faults.cell import Cell
from tests.faults.kinds import KINDS, WHOLE
from tests.faults.sets.play import staged
from tests.faults.sets.steps import RUNBOOKS, STEPS

_cell = partial(Cell, staged=staged, needs_search=True)

CELLS = (
    *(_cell(step, kind) for step in STEPS for kind in KINDS),
    *(_cell(step, kind) for step in RUNBOOKS for kind in WHOLE),
)
