"""The vault that retention is measured on is what it is said to be."""

from bench import retention
from domain.retention import plan


def test_nearly_all_sets_expire_and_some_share_a_snapshot() -> None:
    sets = retention.vault(3000)
    made = plan(retention.POLICY, sets, retention.NOW)
    assert len(made.keep) == 30 * 24 + 1 + 3 + 3, "of thirty days, and of three weeks and three months before"
    assert len({reference for each in sets for _, reference in each.deletable()}) == 3000 + 1000


def test_each_figure_stands_beside_its_references() -> None:
    figures = list(retention.measure(200))
    assert [figure.unit for figure in figures] == ["s", "times", "s"]
    assert all(figure.peers and figure.value > 0 for figure in figures)
