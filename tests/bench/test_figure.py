"""Which figures keep their limit, and what their ratios are."""

import pytest

from bench.figure import Figure, Peer, at_least, at_most


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        pytest.param(at_most("lost", 0, "requests", 0), True, id="nothing is lost where nothing may be"),
        pytest.param(at_most("lost", 1, "requests", 0), False, id="one is lost where nothing may be"),
        pytest.param(at_most("start", 30, "s", 30), True, id="just at its highest"),
        pytest.param(at_least("upload", 150, "MB/s", 150), True, id="just at its lowest"),
        pytest.param(at_least("upload", 149, "MB/s", 150), False, id="under its lowest"),
    ],
)
def test_a_figure_is_held_against_its_limit(figure: Figure, kept: bool) -> None:
    assert figure.kept is kept


def test_ratios_are_to_the_limit_and_to_each_peer() -> None:
    plain, idle = Peer("plain", 400), Peer("idle", 0)
    figure = at_least("upload", 300, "MB/s", 150, plain, idle)
    assert figure.ratio == 2
    assert figure.ratio_to(plain) == 0.75
    assert figure.ratio_to(idle) is None
    assert at_most("lost", 0, "requests", 0).ratio is None
