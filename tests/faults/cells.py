"""All cells of the matrix, and those that somebody asks for."""

import re

from tests.faults.cell import Cell
from tests.faults.deploys import cells as deploys
from tests.faults.drills import cells as drills
from tests.faults.recoveries import cells as recoveries
from tests.faults.sets import cells as sets

CELLS: tuple[Cell, ...] = (*deploys.CELLS, *sets.CELLS, *drills.CELLS, *recoveries.CELLS)


def select(pattern: str, shard: str = "1/1") -> list[Cell]:
    """The cells whose name the pattern matches somewhere, and of these the shard's: 2/4 is every fourth."""
    number, _, of = shard.partition("/")
    found = [cell for cell in CELLS if re.search(pattern, cell.name)]
    return found[int(number) - 1 :: int(of)]
