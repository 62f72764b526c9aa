"""Which DR drills may begin, and what is said of their loss."""

from datetime import UTC, datetime

import pytest

from domain.dr_drill_plan import DrFacts, dr_problems, said
from domain.drill import Scenario

FACTS = DrFacts("shop", database="db", searches=True, can_be_lost=False)
AT = datetime(2026, 11, 23, tzinfo=UTC)


def facts(**over: object) -> DrFacts:
    return DrFacts(**{**vars(FACTS), **over})


@pytest.mark.parametrize(
    ("known", "scenario"),
    [
        pytest.param(
            facts(can_be_lost=True), Scenario.PRIMARY_LOST, id="a primary that can be lost for real"
        ),
        pytest.param(facts(named="db"), Scenario.PRIMARY_LOST, id="a primary that the operator named"),
        pytest.param(facts(), Scenario.REGION_LOST, id="a region: nothing of production is touched"),
        pytest.param(facts(at=AT), Scenario.CORRUPTION, id="damage with an instant before it"),
        pytest.param(facts(database=""), Scenario.SEARCH_LOST, id="a search without a database"),
    ],
)
def test_it_may_begin(known: DrFacts, scenario: Scenario) -> None:
    assert dr_problems(known, scenario) == []


@pytest.mark.parametrize(
    ("known", "scenario", "what", "remedy"),
    [
        pytest.param(
            facts(), Scenario.PRIMARY_LOST, "would be stopped", "--lose db", id="a primary that nobody named"
        ),
        pytest.param(
            facts(named="other"), Scenario.PRIMARY_LOST, "would be stopped", "--lose db", id="another's name"
        ),
        pytest.param(facts(), Scenario.CORRUPTION, "when the damage", "--at", id="damage at no instant"),
        pytest.param(facts(at=AT), Scenario.REGION_LOST, "instant", "--at", id="an instant for a region"),
        pytest.param(facts(searches=False), Scenario.SEARCH_LOST, "no search", "another", id="no search"),
        pytest.param(facts(database=""), Scenario.PRIMARY_LOST, "no database", "another", id="no database"),
    ],
)
def test_it_is_refused_with_what_to_do(known: DrFacts, scenario: Scenario, what: str, remedy: str) -> None:
    [problem] = dr_problems(known, scenario)
    assert what in problem.what
    assert remedy in problem.remedy


def test_a_loss_is_told_as_what_it_is() -> None:
    assert said(Scenario.PRIMARY_LOST, facts(can_be_lost=True)) == "primary lost, for real"
    assert "db was named" in said(Scenario.PRIMARY_LOST, facts(named="db"))
    assert "not shown" in said(Scenario.REGION_LOST, FACTS)
