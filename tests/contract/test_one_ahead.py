"""Pages asked for while the one before them is read."""

from collections.abc import Iterator
from contextvars import ContextVar
from threading import Event

import pytest

from clients.one_ahead import one_ahead

asked: ContextVar[str] = ContextVar("asked", default="")


def test_same_pages_in_their_order() -> None:
    assert list(one_ahead(iter([3, None, 1]))) == [3, None, 1]
    assert list(one_ahead(iter([]))) == []


def test_next_page_is_asked_for_while_this_one_is_read() -> None:
    second = Event()

    def pages() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    found = one_ahead(pages())
    assert next(found) == 1
    assert second.wait(5)
    assert list(found) == [2]


def test_what_asking_raises_comes_with_its_own_page() -> None:
    def pages() -> Iterator[int]:
        yield 1
        raise LookupError("no second page")

    found = one_ahead(pages())
    assert next(found) == 1
    with pytest.raises(LookupError, match="no second page"):
        next(found)


def test_pages_are_asked_for_in_the_callers_context() -> None:
    def pages() -> Iterator[str]:
        yield asked.get()

    token = asked.set("by the caller")
    try:
        assert list(one_ahead(pages())) == ["by the caller"]
    finally:
        asked.reset(token)
