"""Whether Prefect runs us: looked up, never imported for it."""

import sys


def in_flow_run() -> bool:
    """Whether this is inside of a flow run."""
    context = sys.modules.get("prefect.context")
    return context is not None and context.FlowRunContext.get() is not None
