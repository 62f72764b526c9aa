"""Orders come back as they were, and read as what was done."""

from datetime import UTC, datetime

import pytest

from domain.orders import Aborted, Order, Verb, order_from_json

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (Verb.PROMOTE, "promoted by ana"),
        (Verb.ABORT, "aborted by ana"),
        (Verb.HOLD, "held by ana"),
        (Verb.RESUME, "resumed by ana"),
    ],
)
def test_an_order(verb: Verb, said: str) -> None:
    order = Order(verb, "ana", NOW, "5f")
    assert str(order) == said
    assert order_from_json(order.to_json()) == order
    assert str(Aborted(order)) == said


def test_what_is_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match="'dance' is not a valid Verb"):
        order_from_json({"verb": "dance", "who": "ana", "at": NOW.isoformat(), "lease": "5f"})
