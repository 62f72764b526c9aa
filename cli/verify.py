"""`muster verify`."""

from typing import Annotated

import typer

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress


@app.command()
def verify(
    environment: Environment,
    set_id: Annotated[str, typer.Argument(metavar="[SET]", help="by its id; all not checked yet")] = "",
) -> None:
    """Check recovery sets without restoring: all that a manifest names is there, and agrees with it.

    A set that agrees counts as checked. One that does not counts as incomplete from then on, and loses its
    proof: each fault is a line. What cannot be checked just now leaves the set as it is.

    0 means that all agrees; 1, that something is wrong, or could not be checked.

    Example: muster verify production 20261122-141503-1a2b3c
    """
    with exiting(), show_progress():
        from flows import verify_set as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        runbook.verify_set.fn(environment, set_id)
