"""The run we are in: a Prefect flow run, or a command on a terminal."""

import secrets
from datetime import UTC, datetime
from importlib import import_module

from tasks.flow_run import in_flow_run


def new_id() -> str:
    """An id that sorts by time, to the millisecond, and is unlike any other: 20261122-141503-1a2b3c.

    Of its last digits, in hexadecimal, the first three are the millisecond.
    """
    now = datetime.now(UTC)
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03x}{secrets.randbelow(1 << 12):03x}"


def run_url() -> str:
    """Where this run is seen in Prefect's UI; the empty text outside of a flow run, or without a UI.

    `prefect.runtime.flow_run.ui_url` names the path of an older UI.
    """
    if not in_flow_run():
        return ""
    run = import_module("prefect.runtime").flow_run
    return str(import_module("prefect.utilities.urls").url_for("flow-run", obj_id=run.id) or "")
