"""A cell of the matrix: a runbook's step, and what goes wrong in it."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.faults.ground import Ground
from tests.faults.kinds import Kind
from tests.faults.scene import Scene
from tests.faults.step import Step


@dataclass(frozen=True)
class Play:
    """A run that can begin: its scene, what comes before the fault, and the rest, which tells what is off."""

    scene: Scene
    prepare: Callable[[], None]
    act: Callable[[Kind], list[str]]


Staged = Callable[[Ground, Step, random.Random, int], AbstractContextManager[Play]]


@dataclass(frozen=True)
class Cell:
    """One combination, by the name that the report has it under."""

    step: Step
    kind: Kind
    staged: Staged
    needs_search: bool = False  # a sandbox with Elasticsearch

    @property
    def name(self) -> str:
        return f"{self.step.runbook} / {self.step.name} / {self.kind.name}"
