"""The cells of what is run about recovery sets."""

from functools import partial

from tests.faults.cell import Cell
from tests.faults.kinds import KINDS, WHOLE
from tests.faults.sets.kinds import CLOUD_SQL_DOWN, QUOTA, SEARCH_DOWN, SECOND_DOWN
from tests.faults.sets.play import staged
from tests.faults.sets.steps import BEGIN_BACKUP, DATABASE, RUNBOOKS, SEARCH, STEPS

_cell = partial(Cell, staged=staged, needs_search=True)

CELLS = (
    *(_cell(step, kind) for step in STEPS for kind in KINDS),
    _cell(BEGIN_BACKUP, QUOTA),
    *(_cell(step, CLOUD_SQL_DOWN) for step in STEPS if step.draws == DATABASE),
    *(_cell(step, SEARCH_DOWN) for step in STEPS if step.draws == SEARCH),
    *(_cell(step, kind) for step in RUNBOOKS for kind in WHOLE),
    *(_cell(step, SECOND_DOWN) for step in RUNBOOKS if step.runbook in {"backup", "copy"}),
)
