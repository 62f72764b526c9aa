"""The same call for several names at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

R = TypeVar("R")


def side_by_side(call: Callable[[str], R], names: Sequence[str]) -> list[R]:
    """The outcomes of a call for each name, made at the same time; the first failure, if any fails."""
    if not names:
        return []
    with ThreadPoolExecutor(len(names)) as pool:
        return [future.result() for future in [pool.submit(copy_context().run, call, name) for name in names]]
