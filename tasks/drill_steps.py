"""The steps of a restore drill, in their order: each adds to the drill's report what it found."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clients.errors import ClientError, Unavailable
from domain import wording
from domain.drill_check import DrillCheck, Result
from domain.passes import STREAK
from domain.timeline import Moment
from tasks.abreast import Halt, abreast
from tasks.isolation import prove_isolation
from tasks.losses import measure_losses
from tasks.planted_defects import Planted, planted
from tasks.prober import Prober
from tasks.rehearsal import CheckFailed, Rehearsal
from tasks.reindexing import ReindexFailed, reindex, same_counts
from tasks.sql_work import WorkFailed
from tasks.target_configurations import database_drift, replay_database_configuration
from tasks.target_databases import restore_database
from tasks.target_search import SearchNotRestored, restore_search
from tasks.target_services import ApplicationDidNotBoot, boot
from tasks.validations import validate, validate_database

SERVES = timedelta(minutes=15)  # until ten passes in a row are good


def defect_planted(drill: Rehearsal) -> AbstractContextManager[Planted]:
    """Inside, the defect that was asked for is there."""
    wish = drill.wish
    left = drill.report.left.append
    return planted(drill.target, drill.manifest, wish.defect, drill.keep, left, path=wish.path)


def restore(drill: Rehearsal, plant: Planted) -> None:
    """Database and search side by side: the restore takes as long as the slower of them. What is restored is
    the set, or what was planted in its place; what is expected stays the set."""
    calls: dict[str, Callable[[], None]] = {}
    halt = Halt()
    if drill.target.env.database:
        calls["database"] = lambda: _restore_database(drill, plant, halt)
    if drill.target.env.search:
        calls["search"] = lambda: _restore_search(drill, plant, halt)
    drill.came(Moment.BEGUN)
    outcome = abreast(calls, drill.keep, halt)
    for failure in outcome.failed.values():
        raise failure
    drill.came(Moment.WRITABLE)


@contextmanager
def data_looked_into(drill: Rehearsal) -> Iterator[None]:
    """If a check fails inside, the restored database is checked all the same: whether the data are to blame
    for a job or an application that does not run on them, or those themselves."""
    try:
        yield
    except CheckFailed:
        drill.checked(
            *validate_database(drill.target, drill.manifest, drill.keep, drill.tell("checks"), drill.wish.at)
        )
        raise


def bring_to_one_cut(drill: Rehearsal) -> None:
    """The index says what the database says: the difference is indexed again, and both are counted."""
    target, search = drill.target, drill.target.env.search
    if search is None:
        return
    restored = measure_losses(target, drill.loss_at)
    if search.reindex is not None and target.env.database:
        with drill.as_check("reindex", ReindexFailed, of_set=False) as word:
            reindex(target, drill.manifest, drill.keep)
            word.said = f"`{' '.join(search.reindex.command)}`, of the set's release, ended well"
        drill.report.skew = f"as restored, {restored[2]}"
    drill.checked(*(replace(each, of_set=False) for each in same_counts(target)))


def replay_configuration(drill: Rehearsal) -> None:
    """The database's flags and settings are made those of the set. Whether they are is checked with all else:
    what is planted afterwards is to be found."""
    if drill.target.env.database:
        replay_database_configuration(drill.target, drill.manifest, drill.keep)


def run_application(drill: Rehearsal) -> None:
    """The release that the set names, as a service of the drill's own, bound to what was restored."""
    with drill.as_check("application", ApplicationDidNotBoot, of_set=False) as word:
        drill.url = boot(drill.target, drill.manifest, drill.keep)
        word.said = f"{drill.report.image} runs as {drill.target.name}"
    drill.came(Moment.REPOINTED)


def serve(drill: Rehearsal) -> None:
    """Write, read and search through it, until ten passes in a row were good."""
    with (
        drill.as_check("served", Unavailable, of_set=False) as word,
        Prober(drill.target.env, drill.url) as prober,
    ):
        drill.came(Moment.SERVED, prober.wait_for_streak(drill.keep, SERVES))
        checks = wording.listed([f"`{check.name}`" for check in drill.target.env.service.smoke])
        word.said = f"{STREAK} good passes in a row of {checks}, after {len(prober.passes)} in all"


def check_all(drill: Rehearsal) -> None:
    """Isolation first, then everything that was restored. Only what is found in the restored data speaks
    against the set: an application that does not boot may have reasons of its own."""
    apart = prove_isolation(drill.target, drill.keep)
    drill.checked(*(each.of_isolation for each in apart))
    if drill.target.env.database:
        drill.checked(_configuration(drill))
    drill.checked(*validate(drill.target, drill.manifest, drill.keep, drill.tell("checks"), drill.wish.at))
    drill.came(Moment.CHECKED)


def measure(drill: Rehearsal) -> None:
    """What users would have lost."""
    report = drill.report
    report.database, report.search, skew = measure_losses(drill.target, drill.loss_at)
    if skew:
        report.skew = f"{report.skew}; reindexed, {skew}" if report.skew else skew


def _configuration(drill: Rehearsal) -> DrillCheck:
    """Flags and settings of the restored instance are those of the set."""
    began = datetime.now(UTC)
    try:
        drift = database_drift(drill.target, drill.manifest)
        result = Result.FAILED if drift else Result.PASSED
        said = "; ".join(drift) or "flags and settings are those of the set"
    except ClientError as failure:
        result, said = Result.NOT_RUN, str(failure)
    return DrillCheck("database configuration", result, said, datetime.now(UTC) - began, of_set=False)


def _restore_database(drill: Rehearsal, plant: Planted, halt: Halt) -> None:
    with drill.as_check("restore of the database", WorkFailed) as word:
        drill.database = restore_database(
            drill.target,
            plant.manifest,
            drill.wish.path,
            plant.at or drill.wish.at,
            keep=halt.keep,
            tell=drill.tell("database"),
        )
        word.said = drill.database.told
    drill.report.database_bytes = drill.database.size
    drill.report.path = drill.wish.path.value


def _restore_search(drill: Rehearsal, plant: Planted, halt: Halt) -> None:
    with drill.as_check("restore of the search", SearchNotRestored) as word:
        drill.search = restore_search(drill.target, plant.manifest, halt.keep, drill.tell("search"))
        word.said = drill.search.told
    drill.report.documents = drill.search.documents
