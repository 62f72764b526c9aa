"""`muster pin` and `muster unpin`: a person's word that a recovery set is kept."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from cli.app import Environment, app
from cli.exits import exiting
from clients.environment_files import load_environment
from clients.lengths import length
from clients.settings import who
from domain.expiry_report import stamp
from domain.recovery_set import Pin
from tasks.pins import pin_set, unpin_set

Set = Annotated[str, typer.Argument(metavar="SET", help="the recovery set, by its id in muster sets ENV")]


def as_end(text: str) -> datetime:
    """An instant from now by a length, or the end of a day (UTC), or an instant with its zone."""
    try:
        if "T" in text or text.count("-") == 2:
            at = datetime.fromisoformat(text)
            if len(text) == 10:
                return at.replace(hour=23, minute=59, second=59, tzinfo=UTC)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        return datetime.now(UTC).replace(microsecond=0) + length(text)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{error}; or write a day, such as 2027-03-31") from error


@app.command()
def pin(
    environment: Environment,
    set_id: Set,
    why: Annotated[str, typer.Option(help="for whoever finds it later, such as 'audit 2026'")],
    until: Annotated[
        datetime,
        typer.Option(
            parser=as_end, metavar="LENGTH|DATE", help="how long it is kept, such as 90d, or until which day"
        ),
    ] = "90d",  # type: ignore[assignment] # typer parses defaults too
) -> None:
    """Keep a recovery set, whatever retention says, until an instant.

    A set's id is known within its environment, so that is named first. A mark to expire is lifted by the next
    muster expire; a set whose deletion has begun cannot be pinned any more. Pinning again for the same reason
    changes until when.

    Example: muster pin production 20261122-020003-1a2b3c --why "audit 2026" --until 2027-03-31
    """
    with exiting():
        env = load_environment(environment)
        pinned = pin_set(env, set_id, Pin(who(), why, until))
        _say(f"{env.name}: {pinned.id} is kept until {stamp(until)} for {who()}: {why}")


@app.command()
def unpin(
    environment: Environment,
    set_id: Set,
    everyone: Annotated[bool, typer.Option("--all", help="the pins of others, too")] = False,
) -> None:
    """Take back one's own pins of a recovery set, or everybody's with --all.

    What nothing else keeps is marked by the next muster expire, and goes after the grace.
    """
    with exiting():
        env = load_environment(environment)
        lifted, left = unpin_set(env, set_id, "" if everyone else who())
        if not lifted:
            whose = "nobody has" if everyone else f"{who()} has not"
            _say(f"{env.name}: {whose} pinned {set_id}")
        for each in lifted:
            _say(f"{env.name}: {set_id} is no longer kept for {each.who}: {each.why}")
        for each in left:
            _say(f"{env.name}: it stays pinned by {each.who} until {stamp(each.until)}: {each.why} (--all)")


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text, markup=False)
