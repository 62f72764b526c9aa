"""The `muster` command."""

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.exits import exiting
from cli.progress import show_progress
from cli.status import status_table
from clients.environment_files import load_environment
from clients.lengths import length
from domain.release import Release

app = typer.Typer(
    name="muster",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Deploy a Cloud Run service step by step, and put it back when the release is bad.\n\n"
    "**Exit codes**: 0 done; 1 failed, and users are on the baseline; 2 refused, nothing was touched; "
    "3 handed over: someone else acts on the service, nothing more was touched.",
)

Environment = Annotated[
    str, typer.Argument(metavar="ENV", help="the environment: a file in deployments/environments")
]


def _length(text: str) -> timedelta:
    try:
        return length(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def deploy(
    environment: Environment,
    source: Annotated[
        Path | None, typer.Option(help="a folder with a Dockerfile or a Procfile, to be built")
    ] = None,
    image: Annotated[str, typer.Option(help="an image that is built already: REPOSITORY@sha256:DIGEST")] = "",
    ref: Annotated[
        str, typer.Option(help="the release's name for people; by default its commit or digest")
    ] = "",
    contract: Annotated[
        bool,
        typer.Option(
            "--contract", help="the migration is the contract step: nothing needs the old form any more"
        ),
    ] = False,
    unseen_migration: Annotated[
        bool,
        typer.Option("--unseen-migration", help="run a migration that cannot be rendered and was not linted"),
    ] = False,
    fix_forward: Annotated[
        bool,
        typer.Option(
            "--fix-forward", help="deploy over a baseline that is broken, skipping what compares with it"
        ),
    ] = False,
    wait: Annotated[
        timedelta,
        typer.Option(
            parser=_length, metavar="LENGTH", help="how long to wait for another deploy, such as 10m"
        ),
    ] = "0s",  # type: ignore[assignment] # typer parses defaults too
) -> None:
    """Deploy a release: build, migrate, canary, smoke, promote; or go back by itself."""
    release = Release(
        ref=ref or _name_of(source, image),
        source=str(source.resolve()) if source else "",
        image=image,
        contract=contract,
        unseen_migration=unseen_migration,
        fix_forward=fix_forward,
    )
    with exiting(), show_progress():
        from flows import deploy as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        runbook.deploy.fn(environment, release, wait)


@app.command()
def rollback(
    environment: Environment,
    to: Annotated[str, typer.Option(help="a revision; by default the baseline, or the former one")] = "",
    skip_smoke: Annotated[
        bool, typer.Option("--skip-smoke", help="give it all traffic without smoking it first")
    ] = False,
) -> None:
    """Give all traffic back, taking over from a deploy that is under way."""
    with exiting(), show_progress():
        from flows import rollback as runbook  # noqa: PLC0415 - as above

        runbook.rollback.fn(environment, to, skip_smoke)


@app.command()
def status(environment: Environment) -> None:
    """Show revisions, the traffic split, the lease, and the last verdicts."""
    with exiting():
        Console().print(status_table(load_environment(environment)))


def _name_of(source: Path | None, image: str) -> str:
    """A commit, where the source is in a repository; else the folder's name, or the digest's beginning."""
    if source is None:
        return image.rpartition("sha256:")[2][:12]
    described = subprocess.run(
        ["git", "-C", str(source), "describe", "--always", "--dirty", "--tags"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or source.resolve().name


def main() -> None:
    app()


if __name__ == "__main__":
    main()
