"""`muster freshness`: never imports Prefect, so that a scheduler that is dead is noticed, too."""

from datetime import timedelta

import typer
from rich.console import Console

from cli.app import Environment, app
from cli.exits import exiting
from cli.tables import line, table
from clients.patience import patience
from domain import wording
from domain.freshness import Finding
from domain.freshness_report import too_old, verdict
from flows.freshness import freshness as ages

LOOK = timedelta(seconds=20)  # the longest that a call is tried: cron and uptime checks have time limits


@app.command()
def freshness(environment: Environment) -> None:
    """Show how old the newest of everything is that a recovery would need, each against its limit.

    For cron or an uptime check, beside the scheduled check_freshness: that one is silent when its scheduler
    is dead. It reads the artefacts themselves (the vault, the repository, Cloud SQL) and changes nothing.

    Exit codes: 0 all is fresh; 1 something is too old, or cannot be told, as what does not answer is not
    fresh; 2 refused.

    Example: */15 * * * * muster freshness production || page-somebody
    """
    with exiting(), patience(LOOK):
        findings = ages(environment)
        console = Console(highlight=False, soft_wrap=True)
        if not findings:
            console.print("nothing is asked for: backup.freshness has no limit", markup=False)
            return
        made = table("newest", "age", "at most", "verdict", free=set())
        for finding in findings:
            colour = "green" if finding.fresh else "red"
            made.add_row(
                finding.what, _age(finding), wording.age(finding.limit), line((verdict(finding), colour))
            )
        console.print(made)
        stale = too_old(findings)
        for finding in stale:
            console.print(f"too old: {finding.reason}", style="red", markup=False)
        raise typer.Exit(1 if stale else 0)


def _age(finding: Finding) -> str:
    return "none" if finding.age is None else wording.age(finding.age)
