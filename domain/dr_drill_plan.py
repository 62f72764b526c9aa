"""Whether a DR drill of a scenario may begin, and what it then is: a loss made real, or one declared."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.drill import Scenario
from domain.refusal import Problem


@dataclass(frozen=True)
class DrFacts:
    """What is known of the environment before."""

    environment: str
    database: str  # the instance; empty: none
    searches: bool
    can_be_lost: bool  # an address makes this loss real
    named: str = ""  # what the operator agrees to lose
    at: datetime | None = None  # the instant before the damage


def dr_problems(facts: DrFacts, scenario: Scenario) -> list[Problem]:
    """Why it may not begin. On a project where nothing makes a loss real, a drill touches only what it made
    itself, or what the operator named."""
    return [*_nothing_to_lose(facts, scenario), *_of_primary(facts, scenario), *_of_instant(facts, scenario)]


def _nothing_to_lose(facts: DrFacts, scenario: Scenario) -> Iterator[Problem]:
    if scenario is Scenario.SEARCH_LOST and not facts.searches:
        yield Problem(f"{facts.environment}: it has no search to lose", "choose another scenario")
    if scenario is not Scenario.SEARCH_LOST and not facts.database:
        yield Problem(f"{facts.environment}: it has no database to lose", "choose another scenario")


def _of_primary(facts: DrFacts, scenario: Scenario) -> Iterator[Problem]:
    agreed = facts.can_be_lost or facts.named == facts.database
    if scenario is Scenario.PRIMARY_LOST and facts.database and not agreed:
        name = facts.environment
        yield Problem(
            f"{name}: nothing can make the loss of {facts.database} real (drill.losses), so it would be "
            "stopped: users are without it until the replica serves",
            f"agree to that by its name: muster dr-drill {name} primary-lost --lose {facts.database}",
        )


def _of_instant(facts: DrFacts, scenario: Scenario) -> Iterator[Problem]:
    if scenario is Scenario.CORRUPTION and facts.at is None:
        yield Problem(
            f"{facts.environment}: it is not said when the damage was done",
            "give the instant before it: --at INSTANT",
        )
    if scenario is not Scenario.CORRUPTION and facts.at is not None:
        yield Problem(f"an instant is for {Scenario.CORRUPTION}", "leave --at out")


def said(scenario: Scenario, facts: DrFacts) -> str:
    """What kind of loss it is, for the report."""
    if facts.can_be_lost:
        return f"{scenario}, for real"
    told = f": {facts.named} was named to be stopped" if facts.named else ""
    if scenario is Scenario.SEARCH_LOST:
        told = ": the database is restored beside it, for the application to run on, so it takes no less time"
    if scenario is Scenario.REGION_LOST:
        told = ": from a backup in another location; that another region could run it is not shown"
    return f"{scenario}, declared{told}"
