"""Whether an answer of the database is the one that an environment's file asks for."""

from decimal import Decimal
from typing import Any


def is_right(wanted: str | int | bool, given: Any) -> bool:
    """Truth is compared with truth, numbers as numbers, all else as it is written."""
    if isinstance(wanted, bool) or isinstance(given, bool):
        return given is wanted
    if isinstance(wanted, int) and isinstance(given, int | float | Decimal):
        return given == wanted
    return given is not None and str(given) == str(wanted)
