"""The `muster` command."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.exits import exiting
from cli.progress import show_progress
from cli.status import status_of
from clients.environment_files import load_environment
from clients.lengths import length
from clients.patience import patience
from domain.refusal import Refused
from domain.release import Release
from tasks.plans import request_problems

LOOK = timedelta(seconds=10)  # the longest that a call of `muster status` is tried: somebody is watching

ABOUT = """
Deploy a Cloud Run service step by step, and put it back when the release is bad.

An environment ENV is the file ENV.yaml in deployments/environments, or in the folder that
MUSTER_ENVIRONMENTS names. It says which service, where, how it is smoked, and how long it is tried.

**Exit codes**

- 0: done
- 1: failed; users are on the baseline, or the last line says what they are on
- 2: refused; nothing was touched, and each line says what to do
- 3: handed over: someone else acts on the service, and nothing more was touched

**Variables**

- MUSTER_ENVIRONMENTS: the folder of the environments' files
- MUSTER_ENDPOINTS: the endpoints.json of the sandbox to use
- MUSTER_WHO: who is recorded to have acted; by default GITHUB_ACTOR, or the login's name

Google's credentials are the application default ones (gcloud auth application-default login).
"""

app = typer.Typer(
    name="muster", no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", help=ABOUT
)

Environment = Annotated[str, typer.Argument(metavar="ENV", help="the environment, by its file's name")]


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
            parser=_length, metavar="LENGTH", help="how long to wait for another deploy to end, such as 10m"
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
        _refuse_at_once(environment, release)
        from flows import deploy as runbook  # noqa: PLC0415 - Prefect takes a second to import; --help does not need it

        runbook.deploy.fn(environment, release, wait)


@app.command()
def rollback(
    environment: Environment,
    to: Annotated[str, typer.Option(help="a revision by name, as muster status shows it")] = "",
    skip_smoke: Annotated[
        bool, typer.Option("--skip-smoke", help="give it all traffic without smoking it first")
    ] = False,
) -> None:
    """Give all traffic back, taking over from a deploy that is under way.

    Without --to: to the baseline of a deploy that is under way or has died, at once; else to the former
    baseline. With --to: to that revision, smoked at an address of its own first. The schema stays as it is.

    It may be run again; where there is nothing to do it says so and ends with 0. A deploy that is under way
    notices, changes nothing more, and ends with 3. 1 means that the revision failed its smoke checks.
    """
    with exiting(), show_progress():
        from flows import rollback as runbook  # noqa: PLC0415 - as above

        runbook.rollback.fn(environment, to, skip_smoke)


@app.command()
def status(environment: Environment) -> None:
    """Show who acts, the traffic split, the revisions, and how the last releases went.

    It changes nothing. A line is cut at the terminal's edge, or at COLUMNS where there is none (80).
    """
    with exiting(), patience(LOOK):
        console = Console(highlight=False)
        console.print(status_of(load_environment(environment), console.width))


def _refuse_at_once(environment: str, release: Release) -> None:
    """Where the environment is refused, name what is wrong with the release too: one round, not two."""
    try:
        load_environment(environment)
    except Refused as refusal:
        raise Refused([*refusal.problems, *request_problems(release)]) from refusal


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


def main() -> None:
    app()


if __name__ == "__main__":
    main()
