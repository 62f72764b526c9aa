"""Before a DR drill: what it restores from, which is what that loss would leave."""

from dataclasses import replace
from datetime import timedelta

from clients.environment import Environment
from clients.errors import Rejected
from clients.recovery_window import read_window
from domain.dr_drill_plan import DrFacts
from domain.drill import Path, Scenario
from domain.refusal import refuse
from tasks.drill_openings import Chosen, choose_set
from tasks.drill_refusals import refuse_drill

LOCATION = "database.location"  # a manifest's fact: where the set's backup lies


def choose_for(env: Environment, facts: DrFacts, scenario: Scenario) -> Chosen:
    """What is restored. The loss is reckoned from the drill's beginning: until then users wrote.

    Raises:
        Refused: it cannot be restored, or would be lost as well. Nothing was made.
    """
    path = _path(env, scenario)
    chosen = choose_set(env, "newest", path.value, "", timedelta(0))
    if scenario is Scenario.CORRUPTION:
        wish = replace(chosen.wish, at=facts.at)
        refuse_drill(env, chosen.manifest, wish)
        chosen = replace(chosen, wish=wish)
    where = str(chosen.manifest.facts.get(LOCATION, ""))
    if scenario is Scenario.REGION_LOST and where.lower() == env.region:
        raise refuse(
            f"{chosen.manifest.id}: its backup lies in {where}, the very region that is lost",
            "write another as backup.location in the environment's file, and take a set",
        )
    return replace(chosen, loss_at=None)


def _path(env: Environment, scenario: Scenario) -> Path:
    """Where only the search is lost the database is there as it is now, as far as an instant can be had."""
    if scenario is Scenario.CORRUPTION:
        return Path.POINT_IN_TIME
    if scenario is not Scenario.SEARCH_LOST or not env.database:
        return Path.BACKUP
    try:
        return Path.POINT_IN_TIME if read_window(env) else Path.BACKUP
    except Rejected:  # point-in-time recovery is off
        return Path.BACKUP
