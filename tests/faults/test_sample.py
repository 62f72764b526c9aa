"""Samples of the matrix: the same cells and seeds each time. All of it: `make faults`."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.cell import Cell
from tests.faults.cells import CELLS, select
from tests.faults.deploys.play import staged as staged_deploys
from tests.faults.ground import Ground
from tests.faults.run import Outcome, run
from tests.faults.sets.play import staged as staged_sets

SIDE_BY_SIDE = 2
QUICK = select("^(deploy|rollback) .*(traffic|give all|send everyone|lease) .*(killed|answer lost|duplicate)")
DEAR = {"Cloud Run down", "Prefect away"}  # minutes each
OF_SETS = [cell for cell in CELLS if cell.staged is staged_sets]
LONG = [cell for cell in CELLS if cell.staged is staged_deploys and cell.kind.name not in DEAR]


ONCE_WRONG = [  # where a defect was found: each is mended, and is looked at again
    ("clear marks / killed after", 1),  # the evidence of a promoted release stayed
    ("give all / stopped", 1),  # Slack went back to what the process had been about to say
    ("forget evidence / storage down", 1),  # a deploy that had promoted ended as failed
    ("refuse early / stopped", 1),  # the run was told of in two messages
    ("take schema back / storage down", 2),  # a schema that breaks the baseline stayed, and nobody knew
]

OF_A_BACKUP = [  # those in which no lease has to lapse
    ("backup / begin the backup / answer lost", 1),
    ("backup / write the manifest / duplicate", 1),
]
WORTH_A_LOOK = [  # a defect was found in the first: a backup failed that had opened its set
    ("backup / open the set / answer lost", 3),
    ("backup / begin the backup / killed after", 1),
    ("backup / write the manifest / killed after", 1),
]
OF_A_DRILL = [("drill / create the service / answer lost", 1)]  # no lease has to lapse
OF_DRILLS = [
    ("drill / restore the database / killed after", 1),
    ("drill / all of it / target never comes", 1),
    ("recover / promote / killed after", 1),
    ("recover / write a secret / stopped", 1),  # the newest version had a password nobody had set
]


def outcomes(ground: Ground, runs: Sequence[tuple[Cell, int]]) -> list[Outcome]:
    """What comes of these cells with these seeds, side by side, each in a lane of its own."""

    def lane(number: int) -> list[Outcome]:
        return [run(ground, cell, seed, number) for cell, seed in runs[number::SIDE_BY_SIDE]]

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return [outcome for found in pool.map(lane, range(SIDE_BY_SIDE)) for outcome in found]


def wrong(found: Sequence[Outcome]) -> list[str]:
    return [
        f"{one.cell}, seed {one.seed}: {sentence}\n{''.join(one.said)}"
        for one in found
        for sentence in one.violations
    ]


def test_a_small_sample_of_the_matrix(ground: Ground) -> None:
    found = outcomes(ground, [(cell, 1) for cell in random.Random(4).sample(QUICK, 3)])
    assert not wrong(found), "\n".join(wrong(found))
    assert any(one.met for one in found)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_larger_sample_of_the_matrix(ground: Ground) -> None:
    again = [(cell, seed) for name, seed in ONCE_WRONG for cell in select(name)]
    found = outcomes(ground, [*again, *((cell, 1) for cell in random.Random(4).sample(LONG, 12))])
    assert not wrong(found), "\n".join(wrong(found))
    assert any(one.met for one in found)


def test_a_small_sample_of_the_matrix_of_sets(ground: Ground) -> None:
    found = outcomes(ground, [(cell, seed) for name, seed in OF_A_BACKUP for cell in select(name)])
    assert not wrong(found), "\n".join(wrong(found))
    assert all(one.met for one in found)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_larger_sample_of_the_matrix_of_sets(ground: Ground) -> None:
    again = [(cell, seed) for name, seed in WORTH_A_LOOK for cell in select(name)]
    found = outcomes(ground, [*again, *((cell, 1) for cell in random.Random(5).sample(OF_SETS, 10))])
    assert not wrong(found), "\n".join(wrong(found))
    assert any(one.met for one in found)


def test_a_small_sample_of_the_matrix_of_drills(ground: Ground) -> None:
    found = outcomes(ground, [(cell, seed) for name, seed in OF_A_DRILL for cell in select(name)])
    assert not wrong(found), "\n".join(wrong(found))
    assert all(one.met for one in found)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_larger_sample_of_the_matrix_of_drills(ground: Ground) -> None:
    found = outcomes(ground, [(cell, seed) for name, seed in OF_DRILLS for cell in select(name)])
    assert not wrong(found), "\n".join(wrong(found))
    assert all(one.met for one in found)
