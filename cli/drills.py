"""`muster drills`: what past drills have shown."""

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.app import Environment, app
from cli.exits import exiting
from cli.tables import line, table
from clients.environment_files import load_environment
from domain import wording
from domain.confidence import confidence_of
from domain.drill_figures import figures, measured
from domain.drill_report import DrillReport, Verdict
from domain.drill_report_json import report_to_json
from tasks.drill_reports import NEWEST, read_reports

COLOURS = {Verdict.PASSED: "green", Verdict.MISSED: "yellow", Verdict.FAILED: "red"}


@app.command()
def drills(
    environment: Environment,
    newest: Annotated[int, typer.Option(min=1, max=1000, help="how many, the newest of all")] = NEWEST,
    as_json: Annotated[bool, typer.Option("--json", help="the reports, for scripts")] = False,
) -> None:
    """List past drills, the newest first: the set, how the database came back, RTO and RPO, and the verdict.

    - RTO, RPO: what was achieved, beside the objective that the drill was held to.
    - checks: how many of all passed. A drill is red if one failed, or could not run.
    - The last line says, by the drills listed that nothing was planted in, how many restores would pass at
      least.

    It changes nothing. 1: a report could not be read; which, is told at the end.
    """
    with exiting():
        env = load_environment(environment)
        found = read_reports(env, newest)
        if as_json:
            told = [report_to_json(report) for report in found.reports]
            typer.echo(
                json.dumps({"environment": env.name, "drills": told, "unread": list(found.unread)}, indent=2)
            )
        else:
            _show(found.reports, found.unread)
        raise typer.Exit(1 if found.unread else 0)


def _show(found: tuple[DrillReport, ...], unread: tuple[str, ...]) -> None:
    console, free = Console(highlight=False), Console(highlight=False, soft_wrap=True)
    if found:
        console.print(_table(found))
    for kind in dict.fromkeys(report.kind for report in found if not report.defect):
        of_kind = [report for report in found if report.kind == kind]
        free.print(f"{kind}: {confidence_of(of_kind)}", markup=False)
    if not found:
        free.print(confidence_of(()))
    for each in unread:
        free.print(f"not read: {each}", style="red", markup=False)


def _table(found: tuple[DrillReport, ...]) -> Table:
    made = table("drill", "set", "path", "RTO", "RPO", "checks", "verdict", "why", free={"why"})
    for report in reversed(found):
        reached, promise = figures(report), report.promise
        passed = sum(check.passed for check in report.checks)
        made.add_row(
            report.id,
            report.set_id,
            f"{report.path}, {report.defect}" if report.defect else report.path,
            _of(measured(reached.rto), promise.rto),
            _of(measured(reached.rpo), promise.rpo),
            f"{passed} of {len(report.checks)}",
            Text(report.verdict or "", style=COLOURS.get(report.verdict, "") if report.verdict else ""),
            line(_why(report)),
        )
    return made


def _of(achieved: timedelta | None, promised: timedelta) -> str:
    """58 s of 1 h"""
    reached = "not measured" if achieved is None else wording.length(achieved)
    return f"{reached} of {wording.length(promised)}"


def _why(report: DrillReport) -> str:
    return report.reasons[0].what if report.reasons else ""
