"""Fetching the next page of a listing while this one is read."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


def one_ahead(pages: Iterator[T]) -> Iterator[T]:
    """The same pages, each asked for as soon as the one before it came. What asking raises is raised when
    its page is due; asking goes on in the caller's context, within the caller's patience."""
    context = copy_context()

    def ask() -> tuple[T, ...]:
        return tuple(context.run(_first, pages))

    with ThreadPoolExecutor(1) as pool:
        due: Future[tuple[T, ...]] = pool.submit(ask)
        while page := due.result():
            due = pool.submit(ask)
            yield page[0]


def _first(pages: Iterator[T]) -> list[T]:
    """The next page, if there is one."""
    for page in pages:
        return [page]
    return []
