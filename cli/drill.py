"""`muster drill`."""

from typing import Annotated

import typer

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress


@app.command()
def drill(
    environment: Environment,
    which: Annotated[
        str, typer.Option("--set", metavar="SET", help="newest, random, or a set's id")
    ] = "newest",
    path: Annotated[
        str,
        typer.Option("--path", help="backup, the set's own; or point-in-time, of the recovery window"),
    ] = "backup",
    defect: Annotated[
        str, typer.Option("--defect", help="plant one, by its name, or random: the drill is to catch it")
    ] = "",
    keep_for: Annotated[
        str, typer.Option("--keep-for", metavar="LENGTH", help="let the target stay for so long, such as 2h")
    ] = "0s",
) -> None:
    """Rehearse a restore: a recovery set into isolation, the application on it, and all of it measured.

    1. **Refuse** what cannot be drilled, all problems at once, before anything is made.

    2. **Restore** database and search side by side, into an instance and a cluster of the drill's own;
    bring the index to the database's cut.

    3. **Run** the release that the set names on it; write, read and search until ten passes were good.

    4. **Check** isolation, and everything that was restored.

    5. **Measure** RTO by phase, and RPO by the ledger; **take down** all of it; **report**.

    Production is read and never written to. The set becomes proven, with its figures. It ends with 1 if a
    check failed or could not run, or an objective was missed.

    Example: muster drill production --set random
    """
    with exiting(), show_progress():
        from flows import restore_drill as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        typer.echo(runbook.restore_drill.fn(environment, which, path, defect, keep_for))
