"""`@step`: a runbook's step, named, timed and told; inside a flow run it is also a Prefect task.

Called without a server, Prefect boots a temporary one that takes longer to start than most steps run and can
outlive the run: so outside of a flow run a step is the plain function (docs/decisions/0007). Prefect is
looked up, not imported, until a flow run is there.

Calls are retried by the clients, each within the patience of its lease; steps are not.
"""

import logging
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from inspect import signature
from typing import Any, ParamSpec, TypeVar, overload

from tasks.flow_run import in_flow_run
from tasks.run_under_way import run_under_way

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("muster")


@overload
def step(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def step(*, named: str = "", persist: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def step(function: Callable[P, R] | None = None, *, named: str = "", persist: bool = False) -> Any:
    """Make a step of a function. `named` may hold its parameters in braces; by default it is its own name.

    With `persist` a run that is retried is given its result, unrun.
    """
    if function is None:
        return lambda wrapped: _step(wrapped, named, persist=persist)
    return _step(function, named, persist=persist)


def _step(function: Callable[P, R], named: str, *, persist: bool) -> Callable[P, R]:
    name = named or function.__name__.replace("_", " ")
    parameters = signature(function)

    @wraps(function)
    def timed(*args: P.args, **kwargs: P.kwargs) -> R:
        with run_under_way().step(name.format(**parameters.bind(*args, **kwargs).arguments)):
            return function(*args, **kwargs)

    @cache
    def task() -> Callable[P, R]:
        prefect = import_module("prefect")
        policies = import_module("prefect.cache_policies")
        made: Callable[P, R] = prefect.task(
            timed,
            name=function.__name__,
            task_run_name=name,
            persist_result=persist,
            cache_policy=policies.INPUTS + policies.RUN_ID if persist else policies.NO_CACHE,
        )
        return made

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return (task() if in_flow_run() else timed)(*args, **kwargs)

    return call
