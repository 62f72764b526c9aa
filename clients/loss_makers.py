"""What makes a loss real, where the environment names an address for it (`drill.loss`)."""

from typing import Any

import httpx

from clients.environment import Environment
from clients.errors import Rejected, Unavailable
from domain.drill import Scenario


def can_be_lost(env: Environment, scenario: Scenario) -> bool:
    """Whether that loss can be made real here."""
    return bool(env.drill.loss) and (not env.drill.losses or scenario in env.drill.losses)


def lose(env: Environment, scenario: Scenario) -> None:
    """Let it be lost, for real. Not repeated: a loss whose answer is lost has been made, or has not, and who
    goes on sees which.

    Raises:
        Unavailable: there is no answer within `drill.loss_within`.
        Rejected: the address does not do it.
    """
    usual = {"scenario": str(scenario), "instance": "{instance}"}
    _ask(env, "POST", "", _filled(env.drill.losses.get(scenario, usual), env))


def end_regions_loss(env: Environment) -> None:
    """A region comes back, once its drill is over."""
    _ask(env, "DELETE", f"/{env.region}", None)


def _ask(env: Environment, method: str, path: str, body: Any) -> None:
    address = env.drill.loss.replace("{google}", env.endpoints.google) + path
    try:
        answer = httpx.request(method, address, json=body, timeout=env.drill.loss_within.total_seconds())
    except httpx.HTTPError as error:
        raise Unavailable(f"{address}: no answer ({error})", "see what drill.loss names") from error
    if answer.is_error:
        raise Rejected(f"{address}: HTTP {answer.status_code}: {answer.text[:200]}", "see drill.losses")


def _filled(value: Any, env: Environment) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, env) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    instance = env.database.instance if env.database else ""
    return value.replace("{instance}", instance).replace("{region}", env.region)
