"""Orders to the deploy under way: left in the state bucket, heard at its next look."""

import logging
from datetime import UTC, datetime, timedelta

from clients.environment import Environment
from clients.errors import ClientError, is_transient
from clients.leases import read_lease
from clients.objects import delete_object, read_json, write_json
from clients.patience import patience
from clients.settings import who
from domain import lease, wording
from domain.orders import Aborted, Order, Verb, order_from_json
from domain.refusal import refuse
from tasks.journal import journal

logger = logging.getLogger("muster")

OBEYS = "deploy "  # how the holder of a lease begins that listens


def give_order(env: Environment, verb: Verb) -> str:
    """Tell the deploy under way; its name, as its lease has it.

    Raises:
        Refused: none is under way, or what is does not listen.
    """
    reading = read_lease(env).reading
    if reading is None or reading.lapsed:
        raise refuse(
            f"{env.name}: no deploy is under way to {verb}",
            "muster status shows what serves; one that still builds can be cancelled where it runs",
        )
    holder = reading.lease.holder
    if not holder.startswith(OBEYS):
        raise refuse(f"{env.name}: {holder} is under way, and no deploy", "wait for its end")
    write_json(
        env, env.state, _name(env), Order(verb, who(), datetime.now(UTC), reading.lease.nonce).to_json()
    )
    return holder


def order_for(env: Environment, nonce: str) -> Order | None:
    """What the holder of that lease was told last; None when nothing was."""
    kept = read_json(env, env.state, _name(env))
    if kept is None:
        return None
    order = order_from_json(kept)
    return order if order.lease == nonce else None


class Operator:
    """Whoever may say something to a deploy while its canary is on trial."""

    def __init__(self, env: Environment, nonce: str) -> None:
        self._env = env
        self._nonce = nonce
        self._order: Order | None = None

    def listen(self, percent: int, spent: timedelta) -> None:
        """Hear what was said last; a new order is noted. While it cannot be read, the one before counts.

        Raises:
            Aborted: that is what it says.
        """
        try:
            with patience(lease.little_patience(self._env.lease)):
                order = order_for(self._env, self._nonce)
        except ClientError as error:
            if not is_transient(error):
                raise
            logger.warning(f"{self._env.name}: whether anybody says anything is not known: {error.what}")
            return
        if order and order != self._order:
            journal().note(f"{order} at {percent} %, {wording.length(spent)} into the hold")
            if order.verb is Verb.ABORT:
                raise Aborted(order)
        self._order = order

    @property
    def holds(self) -> bool:
        return self._order is not None and self._order.verb is Verb.HOLD

    @property
    def promotes(self) -> bool:
        return self._order is not None and self._order.verb is Verb.PROMOTE

    @property
    def word(self) -> str:
        """Who holds it, for as long as it is held."""
        return str(self._order) if self.holds else ""


def forget_orders(env: Environment) -> None:
    """Nobody is there to obey any more."""
    try:
        delete_object(env, env.state, _name(env))
    except ClientError as error:
        logger.warning(f"{env.name}: an order may be left, for nobody: {error.what}")


def _name(env: Environment) -> str:
    return f"orders/{env.name}.json"
