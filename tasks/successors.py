"""The instance that a recovery restores into: it stays, and is no drill's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from clients.catalogue import read_manifest
from clients.environment import Environment
from clients.own_secrets import delete_secret
from domain.drill import Path
from domain.manifest import manifest_from_text
from domain.recovery_record import RecoveryRecord
from domain.recovery_wish import Way
from domain.restored_database import RestoredDatabase
from tasks.step import step
from tasks.target_databases import restore_database
from tasks.targets import Target, administrator_secret, database_secret, logins_secret

RECOVERY, RECOVERY_OF = "muster-recovery", "muster-recovery-of"  # labels; muster reap goes by none of them


@dataclass(frozen=True)
class Successor(Target):
    """Like a drill's target, but for its name and its labels: nobody takes it down."""

    instance: str

    @property
    def name(self) -> str:
        return self.instance

    @property
    def labels(self) -> dict[str, str]:
        return {RECOVERY: self.drill, RECOVERY_OF: self.source.name}


def successor(env: Environment, record: RecoveryRecord) -> Successor:
    """Where that recovery restores to."""
    assert env.database
    own = env.database.model_copy(
        update={"instance": record.new, "credentials": administrator_secret(record.new)}
    )
    return Successor(record.id, env, env.model_copy(update={"database": own}), record.new)


def restore(
    env: Environment, record: RecoveryRecord, keep: Callable[[], None], tell: Callable[[str], None]
) -> datetime:
    """Bring the database back into the recovery's own instance; when it took a write. Safe to repeat.

    Raises:
        As `restore_database`.
    """
    manifest = manifest_from_text(read_manifest(env, record.set_id)) if record.set_id else None
    path = Path.BACKUP if record.way is Way.SET else Path.POINT_IN_TIME
    made: RestoredDatabase = restore_database(
        successor(env, record), manifest, path, record.to_at, keep=keep, tell=tell
    )
    return made.writable_at


@step
def forget_secrets(env: Environment, instance: str) -> None:
    """The secrets of the recovery's own go: by now the logins' passwords stand where they are looked for."""
    for secret in (database_secret(instance), administrator_secret(instance), logins_secret(instance)):
        delete_secret(env, secret)
