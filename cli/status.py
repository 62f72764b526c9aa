"""`muster status`."""

import time
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from cli.app import Environment, app
from cli.exits import Stopped, exiting
from cli.status_page import status_of
from clients.environment_files import load_environment
from clients.errors import ClientError
from clients.patience import patience

LOOK = timedelta(seconds=10)  # the longest that a call is tried: somebody is watching
BETWEEN = 2.0  # seconds between looks, of Cloud Run's 600 reads a minute


@app.command()
def status(
    environment: Environment,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="look again every two seconds, until Ctrl-C")
    ] = False,
) -> None:
    """Show who acts, the traffic split, the revisions, and how the last releases went.

    It changes nothing. A line is cut at the terminal's edge, or at COLUMNS where there is none (80).
    """
    with exiting(), patience(LOOK):
        console = Console(highlight=False)
        env = load_environment(environment)
        if not watch:
            console.print(status_of(env, console.width))
            return
        try:
            with Live(status_of(env, console.width), console=console, screen=console.is_terminal) as page:
                while True:
                    time.sleep(BETWEEN)
                    try:
                        page.update(status_of(env, console.width), refresh=True)
                    except ClientError as error:  # it may answer at the next look
                        page.update(f"{error}", refresh=True)
        except Stopped:
            return
