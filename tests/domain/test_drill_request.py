"""What a drill is asked for."""

from datetime import timedelta

import pytest

from domain.drill import Defect, Path, Which
from domain.drill_request import read_request
from domain.refusal import Refused

NO_TIME = timedelta(0)


@pytest.mark.parametrize(
    ("which", "path", "defect", "read"),
    [
        ("newest", "backup", "", (Which.NEWEST, Path.BACKUP, None)),
        ("random", "point-in-time", "", (Which.RANDOM, Path.POINT_IN_TIME, None)),
        ("20261123-0200-ab", "backup", "bit flip", ("20261123-0200-ab", Path.BACKUP, Defect.BIT_FLIP)),
        ("newest", "backup", "partial_snapshot", (Which.NEWEST, Path.BACKUP, Defect.PARTIAL)),
        ("newest", "backup", "Another Database's backup", (Which.NEWEST, Path.BACKUP, Defect.ANOTHERS)),
    ],
)  # fmt: skip
def test_words_are_read(which: str, path: str, defect: str, read: tuple[object, ...]) -> None:
    request = read_request(which, path, defect, NO_TIME)
    assert (request.which, request.path, request.defect) == read


def test_a_random_defect_follows_from_what_was_drawn() -> None:
    drawn = [
        read_request("newest", "backup", "random", NO_TIME, draw=(n + 0.5) / 12).defect for n in range(12)
    ]
    assert drawn == list(Defect)


def test_only_a_random_drill_to_an_instant_draws_the_instant() -> None:
    assert read_request("random", "point_in_time", "", NO_TIME).random_instant
    assert not read_request("newest", "point_in_time", "", NO_TIME).random_instant
    assert not read_request("random", "backup", "", NO_TIME).random_instant


def test_all_unknown_words_are_refused_at_once() -> None:
    with pytest.raises(Refused) as refused:
        read_request("", "by hand", "gremlins", NO_TIME)
    told = [problem.what for problem in refused.value.problems]
    assert told == ["no set is named", "'by hand' is no path", "'gremlins' is no defect"]
    assert "point_in_time" in refused.value.problems[1].remedy


def test_only_what_can_be_planted_is_drawn_or_taken() -> None:
    here = {Defect.STALE, Defect.EXTRA_INDEX}
    drawn = [
        read_request("newest", "backup", "random", NO_TIME, plantable=lambda _: here, draw=draw).defect
        for draw in (0.0, 0.49, 0.5, 0.99)
    ]
    assert drawn == [Defect.STALE, Defect.STALE, Defect.EXTRA_INDEX, Defect.EXTRA_INDEX]
    with pytest.raises(Refused, match="no defect can be planted here"):
        read_request("newest", "backup", "random", NO_TIME, plantable=lambda _: ())
