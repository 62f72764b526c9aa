"""`muster snapshot`."""

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress


@app.command()
def snapshot(environment: Environment) -> None:
    """Take a snapshot of the search index now, then delete those that nothing needs any more.

    As every few minutes on schedule: before something is done to the index by hand, or from cron where there
    is no Prefect. It is kept for as long as the environment's file says (search.keep_snapshots) before the
    newest; one that must outlast that is part of a set: muster backup.

    0 is also said where another run is under way; 1 where the snapshot is not whole.
    """
    with exiting(), show_progress():
        from flows import snapshot_search as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        runbook.snapshot_search.fn(environment)
