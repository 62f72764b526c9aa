"""A round of something that goes on all the time, as its steps know it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

logger = logging.getLogger("muster")


@dataclass(frozen=True)
class Round:
    """One round."""

    id: str

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Inside, the step of that name is under way."""
        logger.debug(f"{self.id}: {name}")
        yield
