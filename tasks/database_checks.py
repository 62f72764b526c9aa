"""The checks of a restored database: is it sound, is it this one, and is it all there?"""

from clients.amcheck import Examined, examine_indices, examine_tables, install_amcheck
from clients.answers import answer
from clients.database_marks import has_beat, is_behind, read_marks, read_progress
from clients.drill_part import Invariant
from clients.errors import Rejected
from clients.postgres import revision_in
from clients.references import check_foreign_keys
from clients.structures import read_structure
from domain import wording
from domain.finding import Finding, found
from domain.invariants import is_right
from domain.structure import differences, digest
from tasks.drill_ground import Ground


def amcheck_tables(ground: Ground) -> Finding:
    """Every page of every table can be read, and what is on it makes sense."""
    _install(ground)
    return _examined("table", examine_tables(ground.administered))


def amcheck_indices(ground: Ground) -> Finding:
    """Every B-tree index is in order, and has each row of its table."""
    _install(ground)
    return _examined("B-tree index", examine_indices(ground.administered))


def schema(ground: Ground) -> Finding:
    """The schema's revision is the set's; of a database brought to a later instant it may be the source's."""
    noted = str(ground.manifest.facts.get("database.schema", ""))
    restored = _revision(ground, restored=True)
    if restored == noted:
        return Finding(True, f"revision {noted or 'none'}, as the set notes")
    if ground.point is not None:
        source = _revision(ground, restored=False)
        if restored == source:
            return Finding(
                True, f"revision {restored}, as the source has now; the set notes {noted or 'none'}"
            )
    return Finding(False, f"revision {restored or 'none'}, and the set notes {noted or 'none'}")


def structure(ground: Ground) -> Finding:
    """Tables, columns, indices, constraints and the like are those that were noted; or the source's, where
    they were changed since."""
    marks, restored = ground.marks, read_structure(ground.restored)
    fine = wording.counted(len(restored), "definition")
    if marks and digest(restored) == marks.structure:
        return Finding(True, f"{fine} as the set notes")
    unlike = differences(read_structure(ground.source), restored)
    if not unlike:
        return Finding(True, f"{fine} as the source has now")
    if marks is None:
        raise Rejected(f"the set notes no structure, and the source's is another now: {unlike[0]}")
    return found(unlike, "")


def identity(ground: Ground) -> Finding:
    """It is a physical copy of the database that the set was taken of: it has the identifier that initdb
    gave to its cluster (https://www.postgresql.org/docs/current/protocol-replication.html), and its name."""
    marks, restored = ground.marks, read_marks(ground.restored).system
    assert ground.target.env.database
    name, noted_name = ground.target.env.database.name, ground.manifest.facts.get("database.name")
    if noted_name != name:
        return Finding(False, f"the set is of the database {noted_name}, and {name} is wanted")
    wanted = marks.system if marks and marks.system else read_marks(ground.source).system
    if not wanted or not restored:
        raise Rejected(
            "the system identifier cannot be read",
            "GRANT EXECUTE ON FUNCTION pg_control_system() to both logins",
        )
    if wanted != restored:
        return Finding(False, f"it is another's: its system is {restored}, and the set's is {wanted}")
    return Finding(True, f"system {restored}, database {name}")


def age(ground: Ground) -> Finding:
    """It is no older than the set says: the heartbeat that was seen before the backup is there, and so are
    log and transactions up to there."""
    faults, compared = [], []
    facts = ground.manifest.facts
    lsn, epoch, sequence = (
        facts.get(name) for name in ("database.lsn", "heartbeat.epoch", "heartbeat.sequence")
    )
    if isinstance(lsn, str):
        compared.append(f"log position {lsn}")
        if is_behind(ground.restored, lsn):
            faults.append(f"its log has come to {read_progress(ground.restored)[0]}, and the set notes {lsn}")
    if ground.marks:
        compared.append(f"transaction {ground.marks.horizon:,}")
        next_one = read_progress(ground.restored)[1]
        if next_one < ground.marks.horizon:
            faults.append(f"its next transaction is {next_one:,}, and the set notes {ground.marks.horizon:,}")
    if isinstance(epoch, int) and isinstance(sequence, int):
        compared.append(f"heartbeat {sequence} of {epoch}")
        if not has_beat(ground.restored, epoch, sequence):
            faults.append(f"heartbeat {sequence} of epoch {epoch}, which the set notes, is not there")
    if not compared:
        raise Rejected("the set notes nothing of how far its database was")
    return found(faults, f"it holds {wording.listed(compared)}")


def foreign_keys(ground: Ground) -> Finding:
    """Each row has the row that it refers to."""
    keys = check_foreign_keys(ground.restored)
    faults = [
        f"{key.table}: {wording.counted(key.violated, 'row')} without a parent in {key.parent} ({key.name})"
        for key in keys
        if key.violated
    ]
    unproven = [key.name for key in keys if key.violated is None]
    besides = f"; not validated in the source either: {', '.join(unproven)}" if unproven else ""
    return found(faults, wording.counted(len(keys) - len(unproven), "foreign key") + besides)


def invariant(ground: Ground, each: Invariant) -> Finding:
    """What the environment's file says of the data, asked of what was restored."""
    given = answer(ground.restored, each.sql)
    return Finding(is_right(each.answer, given), f"it answers {given!s:.80}, and {each.answer} is wanted")


def _install(ground: Ground) -> None:
    with ground.lock:  # two sessions that create it at the same time get in each other's way
        install_amcheck(ground.administered)


def _examined(what: str, examined: Examined) -> Finding:
    if not examined.number:
        return Finding(False, f"there is no {what} at all")
    return found(examined.faults, f"{examined.number:,} examined")


def _revision(ground: Ground, *, restored: bool) -> str:
    assert ground.target.env.database
    access = ground.restored if restored else ground.source
    with access.reading() as connection:
        return revision_in(connection, ground.target.env.database.migration.table)
