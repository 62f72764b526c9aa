"""`@step`: a runbook's step, named, timed and told; inside a flow run it is also a Prefect task.

Called without a server, Prefect boots a temporary one that takes longer to start than most steps run and can
outlive the run: so outside of a flow run a step is the plain function (docs/decisions/0011). Prefect is
looked up, not imported, until a flow run is there.

Calls are retried by the clients, each within the patience of its lease; steps are not.
"""

import logging
import sys
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar, overload

from tasks.journal import journal

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("muster")


@overload
def step(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def step(*, persist: bool) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def step(function: Callable[P, R] | None = None, *, persist: bool = False) -> Any:
    """Make a step of a function. With `persist` a run that is retried is given its result, unrun."""
    if function is None:
        return lambda wrapped: _step(wrapped, persist=persist)
    return _step(function, persist=persist)


def _step(function: Callable[P, R], *, persist: bool) -> Callable[P, R]:
    name = function.__name__

    @wraps(function)
    def timed(*args: P.args, **kwargs: P.kwargs) -> R:
        with journal().step(name.replace("_", " ")):
            return function(*args, **kwargs)

    @cache
    def task() -> Callable[P, R]:
        prefect = import_module("prefect")
        policies = import_module("prefect.cache_policies")
        policy = policies.INPUTS + policies.RUN_ID if persist else policies.NO_CACHE
        made: Callable[P, R] = prefect.task(
            timed, name=name.replace("_", " "), persist_result=persist, cache_policy=policy
        )
        return made

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return (task() if in_flow_run() else timed)(*args, **kwargs)

    return call


def in_flow_run() -> bool:
    """Whether Prefect runs us now."""
    context = sys.modules.get("prefect.context")
    return context is not None and context.FlowRunContext.get() is not None
