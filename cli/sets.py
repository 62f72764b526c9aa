"""`muster sets`: the catalogue of recovery sets."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.app import Environment, app
from cli.exits import exiting
from cli.tables import line, table
from clients.catalogue import read_catalogue
from clients.environment_files import load_environment
from domain import wording
from domain.recovery_set import State, Window
from domain.retention import plan
from domain.set_table import Entry, entries

COLOURS = {State.PROVEN: "green", State.INCOMPLETE: "red"}
WIDE = 150  # columns from which there is room for all of them


@app.command()
def sets(
    environment: Environment,
    as_json: Annotated[bool, typer.Option("--json", help="all that is known, for scripts")] = False,
) -> None:
    """List the recovery sets, the newest first: what they hold, how much is known, how long they are kept.

    - complete: all parts are there; checked: found whole, without restoring; proven: a drill restored it,
      with the RTO and RPO it achieved. Incomplete ones count for nothing, and are removed by muster expire.
    - window: the instants to which the database could be brought back when the set was taken.
    - "until" is the earliest day on which it may expire; without one it depends on sets to come. "expires"
      is the day from which muster expire deletes it, once it is marked.

    It changes nothing. 1: some of the catalogue could not be read; which, is told at the end.
    """
    with exiting():
        env = load_environment(environment)
        catalogue = read_catalogue(env)
        found = entries(plan(env.backup.retention.policy, catalogue.sets, catalogue.now, catalogue.unread))
        if as_json:
            typer.echo(json.dumps(_document(env.name, found, catalogue.unread), indent=2))
        else:
            _show(found, catalogue.unread)
        raise typer.Exit(1 if catalogue.unread else 0)


def _document(environment: str, found: list[Entry], unread: tuple[str, ...]) -> dict[str, Any]:
    return {
        "environment": environment,
        "sets": [entry.to_json() for entry in found],
        "unread": list(unread),
    }


def _show(found: list[Entry], unread: tuple[str, ...]) -> None:
    console = Console(highlight=False)
    console.print(_table(found, wide=console.width >= WIDE) if found else "there is no recovery set yet")
    for each in unread:
        Console(highlight=False, soft_wrap=True).print(f"not read: {each}", style="red", markup=False)


def _table(found: list[Entry], *, wide: bool) -> Table:
    more = ["window", "snapshot", "copies"] if wide else []
    made = table("set", "age", *more, "size", "state", "pins", "kept", "why", free={"why"})
    for entry in found:
        each, dim = entry.set, "dim" if entry.set.state is State.INCOMPLETE else ""
        beside = [_window(each.window), _age(entry), ", ".join(copy.location for copy in each.copies)]
        made.add_row(
            each.id,
            wording.age(entry.age),
            *(beside if wide else []),
            wording.size(each.size) if each.size else "",
            Text(entry.state, style=dim or COLOURS.get(each.state, "")),
            str(len(each.pins) or ""),
            entry.what_follows,
            line(entry.reasons[0]),
            style=dim or None,
        )
    return made


def _window(window: Window | None) -> str:
    return f"{window.earliest_at:%m-%d %H:%M} to {window.latest_at:%m-%d %H:%M}" if window else ""


def _age(entry: Entry) -> str:
    return "" if entry.snapshot_age is None else wording.age(entry.snapshot_age)
