"""Deleting one part of a recovery set by its reference, to the end: what is gone already is gone."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

from clients.backup_deletions import Deletion, read_deletion
from clients.cloud_sql import Busy
from clients.database_backups import delete_backup
from clients.environment import Environment
from clients.errors import Rejected, Unavailable
from clients.object_versions import delete_for_good
from clients.search import delete_snapshot
from domain.vault_layout import is_object
from tasks.waiting import wait_for

WAIT = timedelta(minutes=20)  # that deletions wait, together, for instances that work on something else
LONGEST = timedelta(minutes=20)  # of one deletion, which goes on though its answer did not come in time
BACKUP = re.compile(r"projects/[^/]+/backups/[^/]+")
SNAPSHOT = re.compile(r"[^/]+/[^/]+")


class Deletions:
    """The deletions of one run. What they wait for instances that are busy is bounded for all together."""

    def __init__(self, env: Environment, keep: Callable[[], None], wait: timedelta = WAIT) -> None:
        self._env = env
        self._keep = keep  # the lease, while something is waited for
        self._wait = wait

    def delete(self, reference: str) -> None:
        """Delete what it names, and wait until it is gone.

        Raises:
            Kept: a retention or a hold keeps the object.
            Busy: its instance is at work on something else, for longer than the run waits.
            ClientError: it could not be deleted.
        """
        self._keep()
        if is_object(reference):
            delete_for_good(self._env, reference)
        elif BACKUP.fullmatch(reference):
            self._delete_backup(reference)
        elif SNAPSHOT.fullmatch(reference):
            self._until(lambda: self._snapshot_gone(reference), f"{reference}: deleting the snapshot")
        else:
            raise Rejected(f"{reference}: nothing is known of such a part", "delete it by hand")

    def _snapshot_gone(self, reference: str) -> bool:
        """A deletion that takes longer than its call is made again, and finds itself under way, or done."""
        delete_snapshot(self._env, reference)
        return True

    def _delete_backup(self, reference: str) -> None:
        asked = False

        def look() -> bool | None:
            nonlocal asked
            deletion = read_deletion(self._env, reference)
            if deletion is Deletion.DONE:
                return True
            if deletion is Deletion.FAILED and asked:
                raise Rejected(
                    f"{reference}: Cloud SQL could not delete it", "look at the instance's operations"
                )
            if deletion is not Deletion.UNDER_WAY:
                self._ask(reference)
                asked = True
            return None

        self._until(look, f"{reference}: deleting the backup")

    def _ask(self, reference: str) -> None:
        """Ask for the deletion, once the instance is free."""
        began = time.monotonic()

        def free() -> bool | None:
            try:
                delete_backup(self._env, reference)
            except Busy:
                return None
            return True

        try:
            wait_for(free, self._wait, f"{reference}: waiting for its instance", self._keep)
        except Unavailable as error:
            raise Busy(
                f"{reference}: its instance was at work on something else", "the next run deletes it"
            ) from error
        finally:
            self._wait = max(self._wait - timedelta(seconds=time.monotonic() - began), timedelta(0))

    def _until(self, look: Callable[[], bool | None], what: str) -> None:
        wait_for(look, LONGEST, what, self._keep)
