"""Fencing: the old primary takes no write any more, and that is seen before another is made writable."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from clients.environment import Environment
from clients.errors import ClientError
from clients.sql_instances import read_instance_named, stop_instance
from clients.write_attempt import Answer, try_write
from domain.fencing import Fence, Proof, proof_of
from domain.sql_instance import SqlInstance
from tasks.logbook import logbook
from tasks.sql_work import WorkFailed, see_through
from tasks.step import step
from tasks.turns import in_turn
from tasks.waiting import pauses

logger = logging.getLogger("muster")

ANSWERS = timedelta(seconds=20)  # in which an API that does not answer is asked again
STOPS = timedelta(minutes=10)  # from the call to its operation's end
SHOWS = timedelta(seconds=60)  # then, until no write is taken any more

Keep = Callable[[], None]


class NotFenced(Exception):
    """The old primary may still take writes; no other was made writable."""


@step(named="fence {instance}")
def fence(env: Environment, instance: str, keep: Keep, *, by_hand: bool = False) -> Proof:
    """Stop the instance, read back that it is stopped, and see that it takes no write; safe to repeat.

    One that cannot be stopped counts as fenced when its API says that it does not run and nobody answers at
    its address. `by_hand` is the operator's word for one that can be neither reached nor stopped; against one
    that is seen to answer it does not help.

    Raises:
        NotFenced: none of this; nothing else was changed.
    """
    said = _stop(env, instance, keep)
    proof = _proven(env, instance, said, keep, by_hand=by_hand)
    if not proof.holds:
        raise NotFenced(f"{instance}: {proof.said}; no other was made writable")
    logbook().note(f"{instance} is fenced: {proof.said}")
    return proof


def _stop(env: Environment, instance: str, keep: Keep) -> str:
    """Why it could not be stopped; empty, if it was, or is gone."""
    try:
        if read_instance_named(env, instance) is None:
            return ""
        operation = in_turn(instance, partial(stop_instance, env, instance), keep, within=STOPS, away=ANSWERS)
        see_through(env, instance, f"{instance}: its stop", operation, keep=keep, within=STOPS)
    except (ClientError, WorkFailed) as failure:
        logger.warning(f"{instance}: it could not be stopped: {failure}")
        return str(failure)
    return ""


def _proven(env: Environment, instance: str, said: str, keep: Keep, *, by_hand: bool) -> Proof:
    """Look until it is fenced, or so long: a stopped server takes a moment to let go."""
    waited = 0.0
    for pause in pauses(longest=2.0):
        proof = proof_of(_fence(env, instance, said), by_hand=by_hand)
        if proof.holds or proof.final or waited >= SHOWS.total_seconds():
            return proof
        keep()
        waited += pause
        time.sleep(pause)
    raise AssertionError("pauses never end")


def _fence(env: Environment, instance: str, said: str) -> Fence:
    """What is seen of it now."""
    try:
        found: SqlInstance | None = read_instance_named(env, instance)
    except ClientError as error:
        answer, words = try_write(env)  # where Muster's own login leads: nobody else tells
        return Fence(unstopped=said or error.what, answers=_lives(answer), attempt=words)
    if found is None:
        return Fence(told=True, gone=True, unstopped=said)
    answer, words = try_write(env, found.host) if found.host else (Answer.SILENT, "it has no address")
    return Fence(
        told=True,
        state=found.state,
        stopped=found.stopped,
        unstopped=said,
        answers=_lives(answer),
        read_only=answer is Answer.READ_ONLY,
        refused=answer is Answer.REFUSED,
        attempt=words,
    )


def _lives(answer: Answer) -> bool:
    return answer in {Answer.TAKEN, Answer.CLOSED_TO_US}
