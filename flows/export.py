"""Export: a logical copy of the database, in the newest recovery set, that outlives instance and vendor."""

from prefect import flow

from clients.environment_files import load_environment
from domain import wording
from domain.recovery_set import Part
from domain.run_report import End
from tasks.exports import adopt_exports, check_exportable, export_database, note_export, set_to_export
from tasks.leases import leased_beside
from tasks.logbook import logged


@flow(flow_run_name="export {environment}")
def export(environment: str) -> Part | None:
    """Export the database into the vault, on another machine than the instance's own, and note it in the set.

    Raises:
        Refused: there is no database, no complete set, or an export is under way.
        ExportFailed: Cloud SQL did not write it.
    """
    env = load_environment(environment)
    with logged("export", env) as book:
        check_exportable(env)
        with leased_beside(env, "export", book.report.holder) as lease:
            for adopted in adopt_exports(env):
                book.note(f"{adopted}: an export of a run that died was there, and is noted now")
            chosen = set_to_export(env)
            if chosen is None:
                book.ends("the newest recovery set has its export", End.NOTHING_TO_DO)
                return None
            part = export_database(env, chosen.id, lease.keep, lambda said: book.progress("export", said))
            note_export(env, chosen.id, part)
        book.ends(f"{wording.size(part.size or 0)} in {part.references[0]}")
        return part
