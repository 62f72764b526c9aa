"""Which defects can be planted where."""

import pytest

from domain.drill import Defect, Path
from domain.planted import possible

REAL = {
    Defect.STALE,
    Defect.ANOTHERS,
    Defect.MISSING_INDEX,
    Defect.EXTRA_INDEX,
    Defect.SCHEMA_DRIFT,
    Defect.CONFIGURATION_DRIFT,
}


def which(path: Path = Path.BACKUP, **there: bool) -> set[Defect]:
    known = {
        "database": True,
        "search": True,
        "binding": True,
        "damage": True,
        "another": True,
        "pattern": True,
    }
    known |= there
    return set(possible(path, **known))


@pytest.mark.parametrize(
    ("there", "found"),
    [
        pytest.param({}, set(Defect), id="all twelve where bytes can be damaged"),
        pytest.param({"damage": False}, REAL, id="the honest ones on a real project"),
        pytest.param({"damage": False, "another": False}, REAL - {Defect.ANOTHERS}, id="no other instance"),
        pytest.param({"binding": False}, set(Defect) - {Defect.SCHEMA_DRIFT}, id="no login that owns tables"),
        pytest.param(
            {"database": False},
            {
                Defect.BIT_FLIP,
                Defect.TRUNCATION,
                Defect.PARTIAL,
                Defect.MISSING_INDEX,
                Defect.EXTRA_INDEX,
                Defect.CONFIGURATION_DRIFT,
            },
            id="a service without a database: in its snapshot",
        ),
        pytest.param(
            {"search": False},
            set(Defect) - {Defect.PARTIAL, Defect.MISSING_INDEX, Defect.EXTRA_INDEX},
            id="a service without a search",
        ),
        pytest.param(
            {"pattern": False}, set(Defect) - {Defect.EXTRA_INDEX}, id="indices by their names alone"
        ),
        pytest.param({"search": False, "database": False}, set(), id="a service with neither"),
    ],
)
def test_what_can_be_planted(there: dict[str, bool], found: set[Defect]) -> None:
    assert which(Path.BACKUP, **there) == found


def test_to_an_instant_no_backup_is_known_beforehand() -> None:
    backups = {Defect.BIT_FLIP, Defect.TRUNCATION, Defect.WRONG_KEY, Defect.EMPTY, Defect.ANOTHERS}
    assert which(Path.POINT_IN_TIME) == set(Defect) - backups
    assert which(Path.POINT_IN_TIME, damage=False) == REAL - {Defect.ANOTHERS}
