"""`muster promote`, `abort`, `hold` and `resume`: what the deploy under way is told."""

from rich.console import Console

from cli.app import Environment, app
from cli.exits import exiting
from clients.environment_files import load_environment
from domain import wording
from domain.orders import Verb
from tasks.orders import give_order


@app.command()
def promote(environment: Environment) -> None:
    """Tell the deploy under way to promote now: no further steps, all traffic, the smoke checks there.

    It hears it at its next look; the record tells who said it. 2 means that no deploy is under way.
    """
    _tell(environment, Verb.PROMOTE)


@app.command()
def abort(environment: Environment) -> None:
    """Tell the deploy under way to put everybody back on the baseline, and to end.

    It hears it at its next look. A deploy that does not answer is taken over with muster rollback.
    """
    _tell(environment, Verb.ABORT)


@app.command()
def hold(environment: Environment) -> None:
    """Tell the deploy under way to stay on its step until muster resume, promote or abort.

    It goes on looking: proof of harm takes it back all the same.
    """
    _tell(environment, Verb.HOLD)


@app.command()
def resume(environment: Environment) -> None:
    """Tell a deploy that was held to go on with its step."""
    _tell(environment, Verb.RESUME)


def _tell(environment: str, verb: Verb) -> None:
    with exiting():
        env = load_environment(environment)
        holder = give_order(env, verb)
        soon = wording.length(env.canary.look_every)
        Console(highlight=False, soft_wrap=True).print(
            f"{env.name}: {holder} was told to {verb}; while its canary is on trial it looks every {soon} "
            f"(muster status {env.name} --watch)",
            markup=False,
        )
