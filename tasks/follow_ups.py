"""What comes after a run, as runs of their own."""

import logging
from collections.abc import Callable
from typing import Any

from tasks.flow_run import in_flow_run

logger = logging.getLogger("muster")


OF_PREFECT = {
    "prefect",
    "httpx",
    "httpcore",
}  # packages whose errors are Prefect's own: ours are ClientErrors


def follow_up(runbook: Any, *arguments: str, owed: str = "") -> None:
    """Run another runbook: in a flow run as a flow run of its own, else as a plain function, and so where
    Prefect does not take the run. It may run twice.

    With `owed`, its failure is noted and not raised: it is told by that run itself, and somebody tries again.
    """
    try:
        _run(runbook, *arguments)
    except Exception as failure:
        if not owed:
            raise
        logger.warning(f"{owed}: {failure}")


def _run(runbook: Any, *arguments: str) -> None:
    plain: Callable[..., object] = runbook.fn
    if not in_flow_run():
        plain(*arguments)
        return
    try:
        runbook(*arguments)
    except Exception as failure:
        if type(failure).__module__.partition(".")[0] not in OF_PREFECT:
            raise
        logger.warning(f"Prefect has no run of its own for it, so it goes on in this one: {failure}")
        plain(*arguments)
