"""The checks of a restored database's rows, beside the source's, of which no more is read than must."""

from clients.database_marks import read_progress
from clients.drill_part import Settled
from clients.errors import Denied, Rejected
from clients.references import is_sequence_behind, list_sequences
from clients.row_sums import columns_of, find_table, sum_rows
from clients.tables import Known, Table, count_rows, has_row_before, list_tables
from domain import wording
from domain.finding import Finding, found
from domain.settled_rows import difference, rows, settled_before
from tasks.drill_ground import Ground

OWN = 1_000  # transactions of a drill in its target, at most, before it is validated
NAMED = 3  # tables whose rows are told, the largest


def row_counts(ground: Ground) -> Finding:
    """No table that had rows at the cut is missing or empty.

    That it had some, a row tells that is in the source now and was written before the cut: it is to be here,
    too. A table that is new since, or was empty then, is no fault. Only tables that are missing or empty here
    are asked about in the source.
    """
    source = list_tables(ground.source)
    here = list_tables(ground.restored)
    counts = count_rows(ground.restored, here)
    if not sum(counts.values()):
        return Finding(False, f"not one row in {wording.counted(len(counts), 'table')}")
    horizon = _horizon(ground)
    faults = [
        f"{table} {'is empty' if table in counts else 'is missing'}, and had rows at the cut"
        for table, known in source.items()
        if not counts.get(table) and _had_rows(ground, table, known, horizon)
    ]
    largest = sorted(counts, key=lambda table: counts[table], reverse=True)[:NAMED]
    told = ", ".join(f"{table} {counts[table]:,}" for table in largest if counts[table])
    whole = f"{wording.counted(sum(counts.values()), 'row')} in {wording.counted(len(counts), 'table')}"
    return found(faults, f"{whole}: {told}")


def settled_rows(ground: Ground, each: Settled) -> Finding:
    """Rows that were old enough at the cut not to change any more are the same here and in the source: as
    many, and with the same content. Columns that only one of them has are left out, and said."""
    table = find_table(ground.restored, each.table)
    here, there = columns_of(ground.restored, table), columns_of(ground.source, table)
    if not there:
        raise Rejected(f"{table}: the source has no such table any more")
    shared = [name for name, kind in here.items() if there.get(name) == kind]
    if each.by not in shared:
        raise Rejected(f"{table}: there is no column {each.by} in both", "correct drill.settled")
    span = settled_before(ground.cut, each.after, each.within)
    ours = sum_rows(ground.restored, table, each.by, shared, span)
    theirs = sum_rows(ground.source, table, each.by, shared, span)
    unlike = difference(span, theirs, ours)
    left_out = sorted((here.keys() | there.keys()) - set(shared))
    besides = f"; not compared: {', '.join(left_out)}" if left_out else ""
    if unlike:
        return Finding(False, f"{table}: {unlike}{besides}")
    if not rows(ours):
        return Finding(True, f"{table}: no row of {span} on either side{besides}")
    return Finding(True, f"{table}: {wording.counted(rows(ours), 'row')} of {span} are equal{besides}")


def sequences(ground: Ground) -> Finding:
    """No sequence is behind its column, unless it is so in the source too: there rows bring their own."""
    listed = list_sequences(ground.restored)
    faults, same = [], []
    for each in listed:
        if not is_sequence_behind(ground.restored, each):
            continue
        try:
            so_in_source = is_sequence_behind(ground.source, each)
        except (Denied, Rejected) as error:
            faults.append(f"{each.name} is behind {each.table}.{each.column} (source: {error.what})")
            continue
        if so_in_source:
            same.append(each.name)
        else:
            faults.append(f"{each.name} is behind {each.table}.{each.column}")
    besides = f"; behind in the source too: {', '.join(same)}" if same else ""
    return found(faults, wording.counted(len(listed), "sequence") + besides)


def _horizon(ground: Ground) -> int:
    """A transaction before the cut. Where the set's note is of a later instant, it is one before the target's
    newest, of which the latest are the drill's own."""
    if ground.marks and ground.holds_the_set:
        return ground.marks.horizon
    return max(0, read_progress(ground.restored)[1] - OWN)


def _had_rows(ground: Ground, table: Table, known: Known, horizon: int) -> bool:
    if known.readable:
        return has_row_before(ground.source, table, horizon)
    if not known.about:
        return False
    raise Denied(
        f"{table} is empty or missing, and in the source Muster's login may not look whether it had rows",
        f"GRANT SELECT ON {table} to the login of {ground.target.source.name}'s database.credentials",
    )
