"""Whether two patterns can stand for the same index."""

import pytest

from domain.index_patterns import overlap


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("documents", "documents", True),
        ("documents", "document", False),
        ("documents", "doc*", True),
        ("documents-*", "documents-2026-*", True),
        ("documents-*", "*-2026", True),
        ("documents-*", "orders-*", False),
        ("*", "", True),
        ("*", "anything", True),
        ("a*b", "ab", True),
        ("a*b", "a*c", False),
        ("*a*", "*b*", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_overlap(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected
