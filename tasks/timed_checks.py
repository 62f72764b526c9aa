"""A check of a drill, carried out: named, timed, and never passed by what could not run."""

import time
from collections.abc import Callable
from datetime import timedelta

from clients.errors import ClientError
from domain.drill_check import DrillCheck, Result


def checked(name: str, call: Callable[[], tuple[Result, str]]) -> DrillCheck:
    """What the call found. What a client could not do means that the check could not run, and why."""
    began = time.monotonic()
    try:
        result, said = call()
    except ClientError as error:
        result, said = Result.NOT_RUN, str(error)
    return DrillCheck(name, result, said, timedelta(seconds=time.monotonic() - began))
