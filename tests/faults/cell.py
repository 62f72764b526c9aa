"""A cell of the matrix: a runbook's step, and what goes wrong in it."""

import re
from dataclasses import dataclass

from tests.faults.kinds import FLOW_RUN, KINDS, WHOLE, Kind
from tests.faults.steps import RUNBOOKS, STEPS, Step


@dataclass(frozen=True)
class Cell:
    """One combination, by the name that the report has it under."""

    step: Step
    kind: Kind

    @property
    def name(self) -> str:
        return f"{self.step.runbook} / {self.step.name} / {self.kind.name}"


CELLS = (
    [Cell(step, kind) for step in STEPS for kind in KINDS]
    + [Cell(step, FLOW_RUN) for step in STEPS if step.runbook == "deploy" and step.start == "serving"]
    + [Cell(step, kind) for step in RUNBOOKS for kind in WHOLE]
)


def select(pattern: str, shard: str = "1/1") -> list[Cell]:
    """The cells whose name the pattern matches somewhere, and of these the shard's: 2/4 is every fourth."""
    number, _, of = shard.partition("/")
    found = [cell for cell in CELLS if re.search(pattern, cell.name)]
    return found[int(number) - 1 :: int(of)]
