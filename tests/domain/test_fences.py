"""Fenced leases are remembered for a while, and so is what served."""

from datetime import UTC, datetime, timedelta

from domain.fences import REMEMBERED, Fences, fences_from_json

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def test_those_of_long_ago_are_forgotten() -> None:
    fences = Fences().fenced("old", NOW - REMEMBERED).fenced("young", NOW - timedelta(hours=1))
    assert set(fences.fenced("new", NOW).taken) == {"young", "new"}


def test_what_serves_is_known_until_one_revision_serves_again() -> None:
    assert Fences().settled("a-1", "", NOW).settled("", "", NOW).serving == "a-1"
    assert Fences().settled("a-1", "", NOW).settled("a-2", "", NOW).serving == "a-2"


def test_they_come_back_as_they_were() -> None:
    fences = Fences().fenced("5f", NOW).settled("a-1", "a-0", NOW)
    assert fences_from_json(fences.to_json()) == fences


def test_what_was_settled_before_a_lease_was_taken_says_nothing_of_its_holder() -> None:
    """It may have promoted a release since, and died as the last of it was done."""
    later = NOW + timedelta(minutes=1)
    fences = Fences().fenced("old", NOW).settled("a-1", "", NOW).fenced("5f", later)
    assert fences.overrules("old")
    assert not fences.overrules("5f")
    assert not fences.overrules("nobody's")
    assert fences.settled("a-1", "", NOW).overrules("5f"), "the clock was known better by then"


def test_what_is_known_already_is_not_noted_anew() -> None:
    fences = Fences().fenced("5f", NOW).settled("a-1", "", NOW)
    assert fences.settled("a-1", "", NOW + timedelta(days=1)) is fences


def test_what_an_earlier_release_noted_overrules_nobody() -> None:
    kept = Fences().fenced("5f", NOW).settled("a-1", "a-0", NOW).to_json()
    del kept["settled_at"]
    assert not fences_from_json(kept).overrules("5f")
