"""What a recovery lost: the ledger's acknowledged beats against those that were restored."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from clients.environment import Environment
from clients.errors import ClientError
from clients.heartbeat_rows import read_beats
from clients.heartbeat_search import find_beats
from domain import wording
from domain.ledger import Acknowledged, Through, through
from domain.loss import Beat, Loss, Unmeasurable
from domain.recovery import loss, skew
from tasks.ledger import note_lost, read_ledger
from tasks.server_clock import StorageClock
from tasks.step import step
from tasks.targets import Target

Measured = Loss | Unmeasurable

logger = logging.getLogger("muster")


@step
def measure_losses(target: Target, loss_at: datetime) -> tuple[Measured, Measured | None, str]:
    """What a drill's target lost of what production had acknowledged: see `measure_losses_of`. `loss_at` by
    the storage server's clock, as a set's instants are."""
    return _measured(target.source, target.env, lambda: loss_at, "")


def measure_losses_of(
    source: Environment, restored: Environment, loss_at: datetime, run: str = ""
) -> tuple[Measured, Measured | None, str]:
    """Of the database, of the search (None for a service without one), and the skew of the two in a sentence.

    The ledger is read with the source's environment; rows with the restored one's `database.credentials`,
    the index with its `search`. `loss_at` by this machine's clock: it is brought to the ledger's, storage's
    own. `run` is the recovery's id, where it may have noted its own loss already. Changes nothing.
    What cannot be read is not measured, which is said; nothing is raised for it.
    """
    return _measured(source, restored, lambda: StorageClock(source).of(loss_at), run)


def _measured(
    source: Environment, restored: Environment, loss_at: Callable[[], datetime], run: str
) -> tuple[Measured, Measured | None, str]:
    heartbeat = source.heartbeat
    if heartbeat is None:
        unknown = Unmeasurable(f"{source.name} has no heartbeat in its file")
        return unknown, unknown if restored.search else None, ""
    try:
        lost_at = loss_at()
        ledger = read_ledger(source, run)
    except ClientError as error:
        unknown = Unmeasurable(f"the ledger cannot be read: {error.what}")
        return unknown, unknown if restored.search else None, ""
    database = _loss(ledger, Through.ROW, lost_at, lambda since: read_beats(restored, since))
    search: Measured | None = None
    if restored.search and heartbeat.write:
        field = heartbeat.write.field
        search = _loss(ledger, Through.WRITE, lost_at, lambda since: find_beats(restored, field, since))
    elif restored.search:
        search = Unmeasurable(f"no beat goes into the index: {source.name} has no heartbeat.write")
    apart = skew(database, search)
    for what, measured in (("database", database), ("index", search)):
        if measured:
            logger.info(f"{restored.name}: {said(what, measured)}")
    return database, search, apart


def account_for(source: Environment, run: str, database: Measured, search: Measured | None) -> None:
    """Note what a recovery of production has lost, so that it is no loss of the next drill or recovery.

    `run` is the recovery's id. A drill loses nothing of production's, and notes nothing.
    """
    lost = [
        (way, beat)
        for way, measured in ((Through.ROW, database), (Through.WRITE, search))
        if isinstance(measured, Loss)
        for beat in measured.lost
    ]
    if lost:
        note_lost(source, run, lost)


def said(what: str, measured: Measured) -> str:
    """A loss in a sentence."""
    if isinstance(measured, Unmeasurable):
        return f"the loss of the {what} is not measurable, because {measured.why}"
    numbers = f"{wording.counted(len(measured.lost), 'acknowledged beat')} lost"
    phantom = f", {len(measured.phantom)} there that were never acknowledged" if measured.phantom else ""
    return f"the {what} goes back {wording.length(measured.achieved_rpo)} before the loss, {numbers}{phantom}"


def _loss(
    ledger: Collection[Acknowledged],
    way: Through,
    loss_at: datetime,
    read: Callable[[int], frozenset[Beat]],
) -> Measured:
    acknowledged = through(ledger, way)
    if not acknowledged:
        return loss(acknowledged, (), loss_at)
    try:
        present = read(min(each.beat.epoch for each in acknowledged))
    except ClientError as error:
        return Unmeasurable(f"what is there cannot be read: {error.what}")
    return loss(acknowledged, present, loss_at)
