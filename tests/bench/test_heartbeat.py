"""The figures of the heartbeat's cost: held against a hundredth, and how far a machine strays beside."""

import pytest

from bench.heartbeat import Seen, Size, figures


@pytest.mark.parametrize(
    ("p95", "rate", "kept"),
    [
        pytest.param(0.0100, 995.0, [True, True], id="hardly anything"),
        pytest.param(0.0102, 995.0, [False, True], id="users wait longer"),
        pytest.param(0.0100, 980.0, [True, False], id="fewer are served"),
    ],
)
def test_the_cost_is_held_against_a_hundredth(p95: float, rate: float, kept: list[bool]) -> None:
    still = Seen([0.0099, 0.0100, 0.0150], [900.0, 1000.0, 1010.0])
    found = list(figures(Seen([p95] * 3, [rate] * 3), still, Size()))
    assert [figure.kept for figure in found] == kept
    assert [peer.value for peer in found[0].peers] == pytest.approx([10.0, 9.9, 15.0])
    assert [peer.value for peer in found[1].peers] == pytest.approx([1000.0, 900.0, 1010.0])
