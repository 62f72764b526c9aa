"""What comes after a run, as runs of their own."""

import logging
from collections.abc import Callable
from typing import Any

from tasks.flow_run import in_flow_run

logger = logging.getLogger("muster")


def follow_up(runbook: Any, *arguments: str, owed: str = "") -> None:
    """Run another runbook: in a flow run as a flow run of its own, else as a plain function.

    With `owed`, its failure is noted and not raised: it is told by that run itself, and somebody tries again.
    """
    call: Callable[..., object] = runbook if in_flow_run() else runbook.fn
    try:
        call(*arguments)
    except Exception as failure:
        if not owed:
            raise
        logger.warning(f"{owed}: {failure}")
