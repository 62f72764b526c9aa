"""`muster settle`: never imports Prefect, so that it goes on whatever becomes of that."""

import logging
from datetime import timedelta
from typing import Annotated

import typer

from cli.app import app, as_length
from cli.exits import FAILED, exiting
from cli.progress import show_progress
from cli.rounds import in_rounds
from domain.refusal import Refused
from flows.settle import settle as settle_environment

logger = logging.getLogger("muster")


@app.command()
def settle(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ENV]...", help="the environments; all that there are")
    ] = None,
    every: Annotated[
        timedelta,
        typer.Option(parser=as_length, metavar="LENGTH", help="go on, a round every so long, such as 20s"),
    ] = "0s",  # type: ignore[assignment] # typer parses defaults too
) -> None:
    """Finish what a deploy or rollback has left whose process died: users back on the baseline first.

    A service whose lease is alive is left alone. Where it has lapsed, or there is none: the canary's share
    goes to the baseline, tag and mark are cleaned, the schema is proven on the baseline or taken back, jobs
    are stopped, the record is finished and the Slack thread closed.

    Run it all the time beside whatever deploys (--every 20s), or by a scheduler. Several copies do no harm.
    Users are back within the lease's length and one round. Without --every: one round, and 1 where an
    environment could not be settled.

    Example: muster settle staging production --every 20s
    """
    with exiting(), show_progress():
        in_rounds("settling", "settled", names, every, _round)


def _round(name: str, told: bool) -> bool:
    """One environment's round; False where it could not be settled. What was done is told; with `told`,
    that there was nothing to do, too."""
    try:
        settled = settle_environment(name)
    except (Refused, *FAILED) as error:
        logger.warning(f"{name}: not settled: {error}")
        return False
    if told or settled.records:
        logger.info(f"{name}: {settled.word}")
    return True
