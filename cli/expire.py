"""`muster expire`."""

import logging
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType

from cli.app import Environment, app
from cli.exits import exiting
from cli.progress import show_progress
from cli.tables import line, table
from domain.expiry_report import CHANGES, Fate, PlanRefused, Row, counts, stamp

COLOURS = {Fate.GOES: "red", Fate.MARKED: "yellow", Fate.EXPIRES: "yellow", Fate.KEPT_AGAIN: "green"}


@app.command()
def expire(
    environment: Environment,
    apply: Annotated[bool, typer.Option("--apply", help="do it; without this nothing is touched")] = False,
) -> None:
    """Show which recovery sets expire, or, with --apply, mark and delete them.

    A set that no rule of backup.retention keeps is marked; once its grace is over it is deleted, its manifest
    last. Until then whatever keeps it, such as muster pin, lifts the mark. Without --apply the very same plan
    is shown.

    A plan is refused as a whole (exit code 2) that leaves too few proven sets, deletes too large a share at
    once, or was made from a catalogue that could not be read fully. 1: some sets could not be deleted; the
    next run goes on with them.
    """
    with exiting(), show_progress(logging.INFO if apply else logging.WARNING):
        from flows import expire as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        if apply:
            runbook.expire.fn(environment)
            return
        try:
            _show(runbook.expire.fn(environment, apply=False))
        except PlanRefused as refused:
            _show(refused.table)
            raise


def _show(found: list[Row]) -> None:
    Console(highlight=False).print(_page(found))


def _page(found: list[Row]) -> RenderableType:
    changing = [row for row in found if row.fate in CHANGES]
    if not changing:
        return line(counts(found))
    made = table("set", "taken", "state", "what becomes of it", "why", free={"why"})
    for row in changing:
        what = line((row.what, COLOURS.get(row.fate, "")))
        made.add_row(row.set.id, stamp(row.set.taken_at), row.set.state, what, line(row.why))
    return Group(made, line(counts(found)))
