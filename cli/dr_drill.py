"""`muster dr-drill`."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress
from cli.recover import as_instant
from domain.drill import Scenario
from domain.drill_words import first_line


class Choice(StrEnum):
    """The scenarios, as they are typed."""

    PRIMARY_LOST = "primary-lost"
    REGION_LOST = "region-lost"
    CORRUPTION = "corruption"
    SEARCH_LOST = "search-lost"


@app.command(name="dr-drill")
def dr_drill(
    environment: Environment,
    scenario: Annotated[Choice, typer.Argument(help="what is lost")],
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=as_instant, metavar="INSTANT", help="for corruption: the instant before the damage"
        ),
    ] = None,
    lose: Annotated[
        str, typer.Option(metavar="INSTANCE", help="the primary, by name: your word that it may be stopped")
    ] = "",
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="though it may lose more than the objective")
    ] = False,
) -> None:
    """Rehearse the recovery from a loss, measured as users see it, by the same steps as muster recover.

    Where the environment's file says how (drill.loss), the loss is made real. Elsewhere it is declared: only
    what the drill made, or what you name, is touched.

    It ends with 1 if a check failed or an objective was missed; its report says what to look at first.

    Example: muster dr-drill staging primary-lost
    """
    with exiting(), show_progress():
        from flows import dr_drill as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        report = runbook.dr_drill.fn(environment, Scenario[scenario.name], at, lose, accept_loss)
        typer.echo(first_line(report))
