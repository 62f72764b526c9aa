"""`muster heartbeat`: never imports Prefect, as it has to beat whatever becomes of that."""

import typer

from cli.answering import answering
from cli.app import Environment, app
from cli.exits import Stopped, exiting
from cli.progress import show_progress
from clients.settings import port
from flows.heartbeat import heartbeat as beat


@app.command()
def heartbeat(environment: Environment) -> None:
    """Beat once a second, so that what a recovery loses can be measured by number.

    Each second a row is committed in the database, in the schema muster, and where the environment has
    heartbeat.write a request is sent through the application, as a user's. Those that were acknowledged are
    noted in the ledger in the state bucket, at most a second behind.

    It goes on until SIGTERM, whatever is down meanwhile, and says so once. Several copies do no harm. With
    PORT set, as on Cloud Run, it answers 200 there.

    Exit codes: 0 stopped; 1 the end of the ledger could not be written; 2 refused.

    Example: muster heartbeat production
    """
    with exiting(), show_progress(), answering(port()):
        try:
            beat(environment)
        except Stopped:
            raise typer.Exit(0) from None
