"""`muster recover`."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress
from domain.recovery_page import plan_lines
from domain.recovery_wish import Way, Wish


def as_instant(text: str) -> datetime:
    """An instant as ISO 8601 writes it; one without a zone is refused, as it might be another."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no instant; write 2026-11-22T14:15:03Z") from None
    if at.utcoffset() is None:
        raise typer.BadParameter(f"{text!r} has no time zone; write {text}Z, if UTC is meant")
    return at.astimezone(UTC)


@app.command()
def recover(
    environment: Environment,
    failover: Annotated[bool, typer.Option("--failover", help="promote a replica of the database")] = False,
    set_id: Annotated[
        str, typer.Option("--set", metavar="ID", help="restore a recovery set; newest: the newest whole one")
    ] = "",
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=as_instant, metavar="INSTANT", help="bring the database back to that instant, in UTC"
        ),
    ] = None,
    search: Annotated[bool, typer.Option("--search", help="the search index alone")] = False,
    replica: Annotated[str, typer.Option(help="which replica to promote; else the one that holds most")] = "",
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="though it may lose more than the objective")
    ] = False,
    fenced_by_hand: Annotated[
        bool, typer.Option("--fenced-by-hand", help="your word that the old primary can take no write")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="do it, without asking")] = False,
) -> None:
    """Recover an environment for real: by failover, from a set, to an instant; or its search index alone.

    1. **Plan**: what will be done, what it is predicted to lose, how long it took in drills, what it costs.
    Without --apply that is all, unless a person on a terminal then says yes.

    2. **Fence** the old primary, and prove that it takes no write.

    3. **Promote** the replica, or **restore** into a new instance; give its logins new passwords.

    4. **Re-point** the service by a new revision: smoked at 0 %, then all traffic, then smoked there.

    5. **Resume** backups, and record it.

    Killed at any moment it may be run again: it goes on where it was. 2 means that nothing was touched, and
    why; 1 that it failed, and what to do.

    Example: muster recover production --failover
    """
    chosen = [
        way
        for way, wanted in {
            Way.FAILOVER: failover,
            Way.SET: bool(set_id) and not search,
            Way.INSTANT: at is not None,
            Way.SEARCH: search,
        }.items()
        if wanted
    ]
    if len(chosen) != 1:
        raise typer.BadParameter("say which way, and one: --failover, --set ID, --at INSTANT or --search")
    named = "" if set_id == "newest" else set_id
    wish = Wish(chosen[0], named, at, replica, accept_loss=accept_loss, fenced_by_hand=fenced_by_hand)
    with exiting(), show_progress():
        from flows import recover as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        if not apply:
            for line in plan_lines(environment, runbook.recover.fn(environment, wish)):
                typer.echo(line)
            if not sys.stdin.isatty() or not typer.confirm("do it?"):
                typer.echo("nothing was touched; --apply does it")
                return
        runbook.recover.fn(environment, wish, apply=True)
