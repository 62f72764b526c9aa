"""The `muster` command as a whole; each of its verbs has a file of its own."""

from datetime import timedelta
from typing import Annotated

import typer

from clients.lengths import length

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


def as_length(text: str) -> timedelta:
    """A length as it is written in environment files; what is none is refused by the command line."""
    try:
        return length(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
