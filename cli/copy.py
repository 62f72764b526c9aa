"""`muster copy`."""

from typing import Annotated

import typer

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress


@app.command()
def copy(
    environment: Environment,
    set_id: Annotated[str, typer.Argument(metavar="[SET]", help="by its id; all that owe a copy")] = "",
) -> None:
    """Copy recovery sets to the second vault: what Muster stores of them, in another location.

    The newest first. It may be stopped and run again: it goes on where it was. With SET, the set's copy is
    looked at again, and what is missing of it is copied.

    0 means that no set owes a copy; 1, that one still does, and the last line says why.

    Example: muster copy production
    """
    with exiting(), show_progress():
        from flows import copy_set as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        runbook.copy_set.fn(environment, set_id)
