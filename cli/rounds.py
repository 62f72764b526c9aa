"""Commands that go round after round beside everything else, an environment in a thread of its own each.

A round is called with an environment's name, and whether that there was nothing to do is to be told, too; it
answers whether all is well.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event, Thread

import typer

from cli.exits import Stopped
from clients.environment_files import environments
from tasks.side_by_side import side_by_side

logger = logging.getLogger("muster")


Round = Callable[[str, bool], bool]


def in_rounds(doing: str, done: str, names: Sequence[str] | None, every: timedelta, one_round: Round) -> None:
    """A round of each environment, of all that there are where none is named; with `every` on and on.

    Raises:
        typer.Exit: after a single round; 1 where not all of them went well.
    """
    wanted = names or environments()
    if not every:
        well = side_by_side(lambda name: one_round(name, True), wanted)
        raise typer.Exit(0 if all(well) else 1)
    logger.info(f"{doing} {', '.join(wanted)}, a round every {every.total_seconds():g} s")
    _go_round(done, wanted, every, one_round)


def _go_round(done: str, names: Sequence[str], every: timedelta, one_round: Round) -> None:
    """Until the command is asked to stop: what takes long in one holds up no other, and what a round raises
    ends none that follow."""

    def rounds(name: str) -> None:
        while True:
            began = time.monotonic()
            try:
                one_round(name, False)
            except Exception:  # whatever it is, the next round may do it
                logger.exception(f"{name}: not {done}")
            time.sleep(max(0.0, began + every.total_seconds() - time.monotonic()))

    for name in names:
        Thread(target=rounds, args=(name,), name=name, daemon=True).start()
    try:
        Event().wait()
    except Stopped:
        return
