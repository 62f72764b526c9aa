"""`muster backup`."""

from typing import Annotated

import typer

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress


@app.command()
def backup(
    environment: Environment,
    alone: Annotated[
        bool, typer.Option("--alone", help="take the set; check, copy and expire nothing after it")
    ] = False,
) -> None:
    """Take a recovery set: database, search index, configuration and the versions of secrets, under one id.

    1. **Refuse** what could not be restored, all problems at once, before anything is touched.

    2. **Take** all parts at the same time; each is noted as soon as it is there.

    3. **Close** it with its manifest, the last thing written. Without one there is no set: it counts nowhere.

    4. **Check** it without restoring, **copy** it to the second vault, and let old sets **expire**.

    A deploy may go on beside it. Killed at any moment it may be run again: that makes another set, and what
    was begun is removed by muster expire. It ends with 1 if a part or the check failed.

    Example: muster backup production
    """
    with exiting(), show_progress():
        from flows import backup as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        typer.echo(runbook.backup.fn(environment, alone))
