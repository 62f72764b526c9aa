"""Samples of the matrix: the same cells and seeds each time. All of it: `make faults`."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.cell import CELLS, Cell, select
from tests.faults.ground import Ground
from tests.faults.run import Outcome, run

SIDE_BY_SIDE = 2
QUICK = select("^(deploy|rollback) .*(traffic|give all|send everyone|lease) .*(killed|answer lost|duplicate)")
LONG = [cell for cell in CELLS if cell.kind.name not in {"Cloud Run down", "Prefect away"}]  # minutes each


def outcomes(ground: Ground, cells: Sequence[Cell], seed: int) -> list[Outcome]:
    """What comes of these cells, a few at a time."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(lambda at: run(ground, cells[at], seed, at % SIDE_BY_SIDE), range(len(cells))))


def wrong(found: Sequence[Outcome]) -> list[str]:
    return [
        f"{one.cell}, seed {one.seed}: {sentence}\n{''.join(one.said)}"
        for one in found
        for sentence in one.violations
    ]


def test_a_small_sample_of_the_matrix(ground: Ground) -> None:
    found = outcomes(ground, random.Random(4).sample(QUICK, 4), seed=1)
    assert not wrong(found), "\n".join(wrong(found))
    assert any(one.met for one in found)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_larger_sample_of_the_matrix(ground: Ground) -> None:
    once_wrong = [*select("clear marks / killed after"), *select("give all / stopped")]
    found = outcomes(ground, [*once_wrong, *random.Random(4).sample(LONG, 12)], seed=1)
    assert not wrong(found), "\n".join(wrong(found))
    assert any(one.met for one in found)
