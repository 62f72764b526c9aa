"""How close the looks at something are: what ends is seen soon after, and nobody is asked too often."""

from itertools import accumulate, pairwise, takewhile

import pytest

from tasks.waiting import CLOSELY, USUALLY, pauses


def looks(seconds: float, growth: float) -> list[float]:
    """When there is a look, in seconds from the first one, where looking itself takes no time."""
    return list(takewhile(lambda at: at < seconds, accumulate(pauses(longest=1.0, growth=growth), initial=0)))


@pytest.mark.parametrize(
    ("growth", "late"), [pytest.param(CLOSELY, 0.04, id="closely"), pytest.param(USUALLY, 0.5, id="usually")]
)
def test_an_end_is_seen_within_a_share_of_the_time_it_took(growth: float, late: float) -> None:
    for before, after in pairwise(looks(3600, growth)):
        assert after - before <= min(1.0, 0.05 + late * before) + 1e-9


def test_even_close_looks_stay_far_from_quotas() -> None:
    """Cloud SQL's and Elasticsearch's own limits are hundreds a minute and more, for all callers together."""
    assert len(looks(60, CLOSELY)) < 150
    assert len(looks(3600, CLOSELY)) < 3600 + 100
