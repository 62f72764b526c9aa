"""Where production answers, and whether a drill's service is led there."""

from collections.abc import Iterable

from clients.database_places import read_database_places
from clients.environment import Environment
from clients.revision_variables import Variable
from clients.search import search_place
from clients.secret_versions import read_secret_version
from domain.places import Place, leads_to


def production_places(env: Environment) -> list[Place]:
    """The addresses of the environment's database and search, by which a value is known to lead there.

    Raises:
        ClientError: they cannot be told.
    """
    found = [*read_database_places(env)] if env.database else []
    if env.search:
        found.append(search_place(env))
    return found


def leads_to_production(env: Environment, variables: Iterable[Variable], places: list[Place]) -> list[str]:
    """The variables, by name, whose value or secret's payload names one of these places, in sentences.

    Values are compared and never told.

    Raises:
        ClientError: a payload could not be read, so that nothing can be said of it.
    """
    found = []
    for variable in variables:
        value = variable.value
        if variable.secret:
            value = read_secret_version(env, variable.secret, variable.version or "latest")
        for place in places:
            if leads_to(value, place):
                source = f"the secret {variable.secret}" if variable.secret else "its value"
                found.append(f"{env.service.name}: {variable.name} leads to production ({source})")
                break
    return found


def told(places: list[Place]) -> str:
    """Places in words."""
    return ", ".join(f"{place.host}:{place.port}" if place.port else place.host for place in places)
