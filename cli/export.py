"""`muster export`."""

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress


@app.command()
def export(environment: Environment) -> None:
    """Export the database into the newest complete recovery set: a copy in SQL, without Cloud SQL's format.

    Cloud SQL writes it to the vault on another machine than the instance's own; the service is not disturbed.
    Where the newest set has its export already, it says so and ends with 0. It may be run again after
    whatever ended it.
    """
    with exiting(), show_progress():
        from flows import export as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        runbook.export.fn(environment)
