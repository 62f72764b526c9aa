"""The cells of restore drills."""

from functools import partial

from tests.faults.cell import Cell
from tests.faults.drills.kinds import (
    DISK_FULL,
    DOES_NOT_BOOT,
    NEVER_COMES,
    NEVER_GREEN,
    SHARDS_FAIL,
    TARGET_LOST,
    TEARDOWN,
)
from tests.faults.drills.play import staged
from tests.faults.drills.steps import ALL, STEPS, WITH_SEARCH
from tests.faults.kinds import KINDS, WHOLE

_cell = partial(Cell, staged=staged, needs_search=True)
_boots = next(step for step in STEPS if step.name == "create the service")

CELLS = (
    *(_cell(step, kind) for step in STEPS for kind in KINDS),
    *(_cell(ALL, kind) for kind in (*WHOLE, *TEARDOWN, NEVER_COMES, DOES_NOT_BOOT)),
    *(_cell(WITH_SEARCH, kind) for kind in (NEVER_GREEN, DISK_FULL, SHARDS_FAIL)),
    _cell(_boots, TARGET_LOST),
)
