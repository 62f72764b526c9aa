"""Which defects can be planted where. Whether one was caught, the verdict of its drill tells."""

from domain.drill import Defect, Path

IN_A_BACKUP = (Defect.BIT_FLIP, Defect.TRUNCATION, Defect.WRONG_KEY, Defect.EMPTY)
IN_A_SNAPSHOT = (Defect.BIT_FLIP, Defect.TRUNCATION, Defect.PARTIAL)
INSTEAD = (Defect.STALE, Defect.ANOTHERS)  # another backup is restored in the place of the set's

# For these what was backed up is damaged; for another's backup only where no other instance is named.
DAMAGED = frozenset({*IN_A_BACKUP, *IN_A_SNAPSHOT, Defect.MISSING_LOG, Defect.ANOTHERS})


def possible(
    path: Path, *, database: bool, search: bool, binding: bool, damage: bool, another: bool, pattern: bool
) -> list[Defect]:
    """What can be planted, in the order of `Defect`.

    Args:
        path: how the database comes back. To an instant it does from a backup of Cloud SQL's choice, so none
            can be damaged for it beforehand, nor another one put in its place.
        database, search: what there is.
        binding: the service's own login to the database is known, which may alter its tables.
        damage: there is an address that damages backups and snapshots.
        another: another instance is named, whose backup may be restored.
        pattern: a pattern of the service's indices is named, which one more can match.
    """
    found: set[Defect] = set()
    from_backup = database and path is Path.BACKUP
    if database:
        found |= {Defect.STALE, Defect.CONFIGURATION_DRIFT}
    if database and binding:
        found.add(Defect.SCHEMA_DRIFT)
    if database and damage:
        found.add(Defect.MISSING_LOG)
    if from_backup and damage:
        found |= {*IN_A_BACKUP}
    if from_backup and (another or damage):
        found.add(Defect.ANOTHERS)
    if search:
        found |= {Defect.MISSING_INDEX, Defect.CONFIGURATION_DRIFT}
    if search and pattern:
        found.add(Defect.EXTRA_INDEX)
    if search and damage:
        found |= {*IN_A_SNAPSHOT} if not database else {Defect.PARTIAL}
    return [defect for defect in Defect if defect in found]
