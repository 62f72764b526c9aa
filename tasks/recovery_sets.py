"""Opening a recovery set, taking its parts side by side, and closing it with its manifest."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import chain

from clients.catalogue import Listed, forget, open_draft, read_catalogue, rewrite_summary, write_manifest
from clients.environment import Environment
from clients.errors import ClientError
from domain import wording
from domain.manifest import Manifest
from domain.recovery_set import RecoverySet, State
from domain.restore_commands import Place, restore_commands
from domain.taken import Taken
from tasks.abreast import abreast
from tasks.configurations import take_configuration
from tasks.database_backups import take_database_backup
from tasks.held_lease import HeldLease
from tasks.logbook import logbook
from tasks.snapshots import take_snapshot
from tasks.step import step

logger = logging.getLogger("muster")


class SetIncomplete(Exception):
    """A part could not be taken: the set counts nowhere, and is cleaned up later."""


class OpenSet:
    """A set that is being taken: its draft, on which each part is noted as soon as it is there."""

    def __init__(self, env: Environment, draft: Listed) -> None:
        self.env = env
        self.draft = draft
        self.taken: list[Taken] = []
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        return self.draft.set.id

    def note(self, taken: list[Taken]) -> None:
        """Note parts that are there. That it cannot be noted loses nothing: parts carry the set's name."""
        with self._lock:
            self.taken += taken
            known = replace(self.draft.set, parts=tuple(each.part for each in self.taken))
            try:
                self.draft = rewrite_summary(self.env, self.draft, known)
            except ClientError as error:
                logger.warning(f"{self.id}: its draft does not name each part: {error.what}")


@step
def open_set(env: Environment, set_id: str, lease: HeldLease) -> OpenSet:
    """Note that the set is being taken, before anything of it is; tell of those that were never completed."""
    for each in read_catalogue(env).listed:
        if each.set.state is State.INCOMPLETE and not each.set.manifest_sha256 and not each.set.deleting:
            logbook().note(
                f"{each.set.id} is incomplete: its backup did not come to its end; expire removes it"
            )
    return OpenSet(env, open_draft(env, RecoverySet(set_id, lease.server_now(), State.INCOMPLETE)))


@step
def take_parts(env: Environment, opened: OpenSet, lease: HeldLease) -> None:
    """All parts at the same time: the set takes as long as its slowest.

    Raises:
        SetIncomplete: with all that went wrong.
    """
    calls: dict[str, Callable[[], list[Taken]]] = {
        "configuration": lambda: take_configuration(env, opened.id)
    }
    if env.database:
        calls["database"] = lambda: [
            take_database_backup(env, opened.id, _keep, partial(logbook().progress, "database"))
        ]
    if env.search:
        calls["search"] = lambda: [
            take_snapshot(env, opened.id, _keep, partial(logbook().progress, "search"))
        ]
    outcome = abreast({name: partial(_noted, opened, call) for name, call in calls.items()}, lease.keep)
    if outcome.failed:
        what = "; ".join(f"{name}: {failure}" for name, failure in sorted(outcome.failed.items()))
        raise SetIncomplete(f"{opened.id} is incomplete and counts nowhere: {what}")


@step
def close_set(env: Environment, opened: OpenSet, lease: HeldLease) -> Manifest:
    """Write the manifest: from then on there is a set. Then the draft goes."""
    parts = tuple(sorted((each.part for each in opened.taken), key=lambda part: (part.kind, part.references)))
    facts = dict(chain.from_iterable(each.facts.items() for each in opened.taken))
    manifest = Manifest(
        id=opened.id,
        environment=env.name,
        service=env.service.name,
        taken_at=opened.draft.set.taken_at,
        completed_at=max(lease.server_now(), opened.draft.set.taken_at),
        parts=parts,
        window=next((each.window for each in opened.taken if each.window), None),
        digests=dict(chain.from_iterable(each.digests.items() for each in opened.taken)),
        facts=facts,
        restore=restore_commands(Place(env.project, env.region, env.service.name), parts, facts),
    )
    lease.check()
    write_manifest(env, manifest)
    try:
        forget(env, opened.draft)
    except ClientError as error:
        logger.warning(f"{opened.id}: its draft was not deleted, which does no harm: {error.what}")
    return manifest


def told(manifest: Manifest) -> str:
    """A set in a sentence: its id, and its parts with their sizes."""
    parts = [f"{part.kind} {wording.size(part.size)}" if part.size else part.kind for part in manifest.parts]
    took = wording.length(manifest.completed_at - manifest.taken_at)
    return f"`{manifest.id}` is *complete* after {took}: {wording.listed(parts)}"


def _noted(opened: OpenSet, call: Callable[[], list[Taken]]) -> list[Taken]:
    taken = call()
    opened.note(taken)
    return taken


def _keep() -> None:
    """The lease is kept by the thread that waits for all parts."""
