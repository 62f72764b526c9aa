"""Fenced leases are remembered for a while, and so is what served."""

from datetime import UTC, datetime, timedelta

from domain.fences import REMEMBERED, Fences, fences_from_json

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def test_those_of_long_ago_are_forgotten() -> None:
    fences = Fences().fenced("old", NOW - REMEMBERED).fenced("young", NOW - timedelta(hours=1))
    assert set(fences.fenced("new", NOW).taken) == {"young", "new"}


def test_what_serves_is_known_until_one_revision_serves_again() -> None:
    assert Fences().settled("a-1").settled("").serving == "a-1"
    assert Fences().settled("a-1").settled("a-2").serving == "a-2"


def test_they_come_back_as_they_were() -> None:
    fences = Fences().fenced("5f", NOW).settled("a-1", "a-0")
    assert fences_from_json(fences.to_json()) == fences
