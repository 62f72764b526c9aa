"""`muster deploy`."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.app import Environment, app, as_length
from cli.exits import exiting
from cli.progress import show_progress
from domain.release import Release


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
            parser=as_length, metavar="LENGTH", help="how long to wait for another deploy to end, such as 10m"
        ),
    ] = "0s",  # type: ignore[assignment] # typer parses defaults too
) -> None:
    """Deploy a release: build, migrate, canary, smoke, promote; or go back by itself.

    1. **Refuse** what cannot work, all problems at once, before anything is touched.

    2. **Build** the source, or take the image; **plan** the migration and lint it.

    3. **Migrate**, after a backup; the baseline has to work on the new schema, else it is taken back.

    4. **Smoke** the new revision at an address of its own, before a user meets it.

    5. **Try** it on a rising share of the users; at the first proof of harm all go back to the baseline.

    6. **Promote** it, and keep the baseline for an instant return.

    Ctrl-C, SIGTERM or SIGHUP put everyone back on the baseline before the command ends (exit code 1).

    Example: muster deploy staging --source . --wait 10m
    """
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


def _name_of(source: Path | None, image: str) -> str:
    """A commit, where the source is in a repository; else the folder's name, or the digest's beginning."""
    if source is None:
        return image.rpartition("sha256:")[2][:12]
    if not shutil.which("git"):
        return source.resolve().name
    described = subprocess.run(
        ["git", "-C", str(source), "describe", "--always", "--dirty", "--tags"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or source.resolve().name
