"""The database of a target: restored, and seen to take a write."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from clients.postgres import prove_writable
from domain import wording
from domain.drill import Path
from domain.manifest import Manifest
from domain.restored_database import RestoredDatabase
from tasks.step import step
from tasks.target_instances import claim, make_instance, own_instance
from tasks.target_logins import change_passwords
from tasks.targets import Target

Keep = Callable[[], None]
Tell = Callable[[str], None]


@step
def restore_database(
    target: Target, manifest: Manifest | None, path: Path, at: datetime | None, *, keep: Keep, tell: Tell
) -> RestoredDatabase:
    """Bring the database back on a new instance of the drill's own, to the set's backup or to an instant (the
    latest that can be had where none is given), and change all its passwords.

    Called again, wherever the last call ended, it finishes the same instance. `keep` renews what must not
    lapse meanwhile.

    Raises:
        NotOurs: there is an instance of that name which the drill did not make. It is not touched.
        Refused: the instant is in the future, or the set has no database. Nothing was made.
        Rejected: Cloud SQL refuses, in its words.
        WorkFailed: Cloud SQL did not do it.
        ClientError: what was restored takes no write, or not by the drill's own login.
    """
    began, clock = datetime.now(UTC), time.monotonic()

    def kept() -> None:
        tell(wording.length(timedelta(seconds=int(time.monotonic() - clock))))
        keep()

    there = own_instance(target)
    instance, to = make_instance(target, manifest, path, at, kept)
    claim(target, instance, kept)
    change_passwords(target, instance, kept)
    writable_at, size = prove_writable(target.env)
    tell(f"{wording.size(size)}, {wording.length(writable_at - began)}")
    return RestoredDatabase(
        instance=instance.name,
        host=instance.host,
        to=to,
        begun_at=there.created_at if there else began,
        writable_at=writable_at,
        size=size,
    )
