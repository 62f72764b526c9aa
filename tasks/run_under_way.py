"""The run that is under way, as its steps know it: something that names and times them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol


class Run(Protocol):
    """What a step asks of its run."""

    @property
    def id(self) -> str:
        """Its own, by which it is found again."""
        ...

    def step(self, name: str) -> AbstractContextManager[None]:
        """Inside, the step of that name is under way."""
        ...


_run: ContextVar[Run | None] = ContextVar("run", default=None)


def run_under_way() -> Run:
    """The run. LookupError outside of one."""
    found = _run.get()
    if found is None:
        raise LookupError("no run is under way")
    return found


@contextmanager
def under_way(run: Run) -> Iterator[None]:
    """Inside, this is the run."""
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)
