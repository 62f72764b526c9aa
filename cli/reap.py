"""`muster reap`: never imports Prefect, so that it goes on whatever becomes of that."""

import logging
from datetime import timedelta
from typing import Annotated

import typer

from cli.app import app, as_length
from cli.exits import FAILED, exiting
from cli.progress import show_progress
from cli.rounds import in_rounds
from domain.refusal import Refused
from flows.reap import reap as reap_environment

logger = logging.getLogger("muster")


@app.command()
def reap(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ENV]...", help="the environments; all that there are")
    ] = None,
    every: Annotated[
        timedelta,
        typer.Option(parser=as_length, metavar="LENGTH", help="go on, a round every so long, such as 60s"),
    ] = "0s",  # type: ignore[assignment] # typer parses defaults too
) -> None:
    """Remove what a drill has left whose process died: its instance, service, jobs, secrets and indices.

    A drill whose lease is alive is left alone, and so is a target that is kept for a while. All else goes
    once it is older than the environment's drill.lease; then the drill that ended without a word has its
    report in the vault, and its Slack message is closed.

    Run it all the time (--every 60s), or by a scheduler. Several copies do no harm. Without --every: one
    round, and 1 where something is left that was to go.

    Example: muster reap staging production --every 60s
    """
    with exiting(), show_progress():
        in_rounds("reaping", "reaped", names, every, _round)


def _round(name: str, told: bool) -> bool:
    """One environment's round; False where something is left. What was done is told; with `told`, that there
    was nothing to do, too."""
    try:
        reaped = reap_environment(name)
    except (Refused, *FAILED) as error:
        logger.warning(f"{name}: not reaped: {error}")
        return False
    for what in reaped.left:
        logger.warning(f"{name}: left: {what}")
    if told or reaped.removed:
        logger.info(f"{name}: {reaped.word}")
    return not reaped.left
