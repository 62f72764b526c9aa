"""Patterns of index names, in which `*` is any text."""

from functools import cache


@cache
def overlap(one: str, other: str) -> bool:
    """Whether a name can match both."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(other, one)
    return one[0] == other[0] and overlap(one[1:], other[1:])


def is_pattern(name: str) -> bool:
    return "*" in name


def excludes(name: str) -> bool:
    """Whether it takes away from what patterns before it match, as `-documents-old` does."""
    return name.startswith("-")
