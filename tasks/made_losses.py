"""Losses that are made real, where the environment's file says how."""

from collections.abc import Iterator
from contextlib import contextmanager

from clients.environment import Environment
from clients.loss_makers import end_regions_loss, lose
from domain.drill import Scenario
from tasks.step import step
from tasks.undisturbed import undisturbed


@step(named="lose it for real: {scenario}")
def lose_for_real(env: Environment, scenario: Scenario) -> None:
    """Let it be lost. Unavailable or Rejected where the address does not do it: nothing was recovered."""
    lose(env, scenario)


@contextmanager
def lost_region(env: Environment, scenario: Scenario, *, real: bool) -> Iterator[None]:
    """Inside, the region is lost, if that is the scenario and can be made real; afterwards it is back."""
    if scenario is not Scenario.REGION_LOST or not real:
        yield
        return
    try:
        lose_for_real(env, scenario)
        yield
    finally:
        with undisturbed():
            end_regions_loss(env)
