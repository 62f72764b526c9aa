"""`muster rollback`."""

from typing import Annotated

import typer

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress


@app.command()
def rollback(
    environment: Environment,
    to: Annotated[str, typer.Option(help="a revision by name, as muster status shows it")] = "",
    skip_smoke: Annotated[
        bool, typer.Option("--skip-smoke", help="give it all traffic without smoking it first")
    ] = False,
) -> None:
    """Give all traffic back, taking over from a deploy that is under way.

    Without --to: to the baseline of a deploy that is under way or has died, at once; else to the former
    baseline. With --to: to that revision, smoked at an address of its own first. The schema stays as it is.

    It may be run again; where there is nothing to do it says so and ends with 0. A deploy that is under way
    notices, changes nothing more, and ends with 3. 1 means that the revision failed its smoke checks.
    """
    with exiting(), show_progress():
        from flows import rollback as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        runbook.rollback.fn(environment, to, skip_smoke)
