"""What stands in a drill's way: each problem in its words, all of them at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.drill import Defect, Path
from domain.drill_wish import Ground, Wish, wish_problems, wish_remarks
from domain.recovery_set import Window

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(NOON - 24 * HOUR, NOON - timedelta(minutes=2))
GROUND = Ground(
    "shop",
    instance="shop-db",
    search=True,
    window=WINDOW,
    plantable=frozenset({Defect.STALE, Defect.MISSING_INDEX}),
    set_id="20261123-020000-00000a",
    parts=frozenset({"configuration/service.json"}),
)
TO_INSTANT = Wish(Path.POINT_IN_TIME)


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(Wish(), id="the set's own backup"),
        pytest.param(TO_INSTANT, id="the latest instant"),
        pytest.param(replace(TO_INSTANT, at=NOON - HOUR), id="an instant in the window"),
        pytest.param(Wish(defect=Defect.STALE), id="a defect that can be planted"),
        pytest.param(Wish(keep_for=6 * HOUR), id="kept as long as may be"),
    ],
)
def test_nothing_stands_in_its_way(wish: Wish) -> None:
    assert not wish_problems(wish, GROUND, NOON)
    assert not wish_remarks(GROUND)


def test_a_service_with_neither_database_nor_search_is_an_ordinary_case() -> None:
    bare = Ground("shop", binding=False, isolated=False, heartbeat=False, there=False, recovery=False)
    assert not wish_problems(Wish(), bare, NOON)
    assert not wish_remarks(bare)


@pytest.mark.parametrize(
    ("wish", "ground", "says"),
    [
        pytest.param(
            Wish(), {"binding": False}, "shop.yaml: database.binding is missing", id="no database binding"
        ),
        pytest.param(
            Wish(), {"isolated": False}, "shop.yaml: drill.search is missing", id="nowhere to restore"
        ),
        pytest.param(
            Wish(), {"search_binding": False}, "shop.yaml: search.binding is missing", id="no search binding"
        ),
        pytest.param(
            Wish(), {"parts": ()}, "no service was deployed when it was taken", id="no release in the set"
        ),
        pytest.param(Wish(), {"has_backup": False}, "it holds no backup", id="no backup in the set"),
        pytest.param(Wish(), {"has_snapshot": False}, "it holds no snapshot", id="no snapshot in the set"),
        pytest.param(Wish(at=NOON), {}, "is for the path point_in_time", id="an instant for a backup"),
        pytest.param(TO_INSTANT, {"recovery": False}, "point-in-time recovery is off", id="recovery is off"),
        pytest.param(TO_INSTANT, {"there": False}, "there is no such Cloud SQL instance", id="no instance"),
        pytest.param(TO_INSTANT, {"instance": ""}, "has no database to bring", id="no database"),
        pytest.param(TO_INSTANT, {"window": None}, "there is no recovery window yet", id="no window"),
        pytest.param(
            replace(TO_INSTANT, at=NOON + timedelta(seconds=1)),
            {},
            "2026-11-23 12:00:01 UTC is in the future: at the server it is 2026-11-23 12:00:00 UTC",
            id="in the future",
        ),
        pytest.param(
            replace(TO_INSTANT, at=NOON - 25 * HOUR),
            {},
            "is before the recovery window, which begins at 2026-11-22 12:00:00 UTC",
            id="before the window",
        ),
        pytest.param(
            replace(TO_INSTANT, at=NOON - timedelta(minutes=1)),
            {},
            "is after the recovery window, which ends at 2026-11-23 11:58:00 UTC",
            id="not archived yet",
        ),
        pytest.param(
            Wish(keep_for=7 * HOUR), {}, "kept for 7 h, and drill.longest is 6 h", id="kept for too long"
        ),
        pytest.param(Wish(keep_for=-HOUR), {}, "less than no time", id="kept for less than nothing"),
        pytest.param(
            Wish(defect=Defect.BIT_FLIP),
            {},
            "the defect 'bit flip' cannot be planted here",
            id="a byte defect",
        ),
    ],
)
def test_each_problem_is_told_with_its_remedy(wish: Wish, ground: dict[str, object], says: str) -> None:
    [problem] = wish_problems(wish, replace(GROUND, **ground), NOON)  # type: ignore[arg-type]
    assert says in problem.what
    assert problem.remedy


def test_what_can_be_planted_instead_is_told() -> None:
    [problem] = wish_problems(Wish(defect=Defect.BIT_FLIP), GROUND, NOON)
    assert problem.remedy == "choose one of stale and missing index"
    [problem] = wish_problems(Wish(defect=Defect.BIT_FLIP), replace(GROUND, plantable=()), NOON)
    assert problem.remedy == "drill without a defect"


def test_all_of_them_at_once() -> None:
    ground = replace(GROUND, binding=False, isolated=False, recovery=False, parts=())
    wish = replace(TO_INSTANT, keep_for=9 * HOUR, defect=Defect.BIT_FLIP)
    assert len(wish_problems(wish, ground, NOON)) == 6


def test_without_a_heartbeat_the_loss_cannot_be_told_and_that_is_no_refusal() -> None:
    ground = replace(GROUND, heartbeat=False)
    assert not wish_problems(Wish(), ground, NOON)
    [remark] = wish_remarks(ground)
    assert "RPO will not be measurable" in remark


def test_an_instant_without_a_time_zone_is_none() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        Wish(Path.POINT_IN_TIME, NOON.replace(tzinfo=None))
