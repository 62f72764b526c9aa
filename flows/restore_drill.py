"""Restore drill: a recovery set restored into isolation, its release run on it, and all of it measured."""

from datetime import timedelta

from prefect import flow

from clients.environment_files import load_environment
from clients.lengths import asked_length
from domain.drill_words import first_line
from tasks.drill_closings import rehearsed
from tasks.drill_openings import begin, choose_set
from tasks.drill_steps import (
    bring_to_one_cut,
    check_all,
    data_looked_into,
    defect_planted,
    measure,
    replay_configuration,
    restore,
    run_application,
    serve,
)
from tasks.leases import leased_beside
from tasks.logbook import logged

MOMENT = timedelta(seconds=5)  # for which reap may hold a dead drill's lease


@flow(flow_run_name="restore drill {environment}")
def restore_drill(
    environment: str, which: str = "newest", path: str = "backup", defect: str = "", keep_for: str = "0s"
) -> str:
    """Restore a recovery set, run its release on it, check, measure, take down; the report's first line.

    Args:
        environment: whose sets.
        which: newest, random, or a set's id. To a point in time, random draws the instant.
        path: backup, the set's own; or point_in_time, out of the recovery window.
        defect: one to be planted, by its name, or random: the drill is to catch it.
        keep_for: how long the target stays afterwards, such as 2h, to look into a failure.

    Production is read, and never written to. Whatever ends the drill, there is a report, and what it made is
    taken down; what a process that died has left, `muster reap` removes.

    Raises:
        Refused: it cannot be drilled so. Nothing was made.
        DrillFailed: a check failed or could not run, or the drill did not come to its end.
        ObjectiveMissed: all checks passed, and it took too long, or lost too much.
    """
    env = load_environment(environment)
    with logged("restore drill", env) as book:
        chosen = choose_set(env, which, path, defect, asked_length(keep_for, "keep_for"))
        with leased_beside(env, "drill", book.report.holder, MOMENT) as lease:
            drill = begin(env, chosen, lease, book)
            with (
                rehearsed(drill),
                defect_planted(drill) as plant,
            ):
                restore(drill, plant)
                with data_looked_into(drill):
                    bring_to_one_cut(drill)
                    replay_configuration(drill)
                    run_application(drill)
                    serve(drill)
                plant.into_target(drill.target, drill.keep)
                check_all(drill)
                measure(drill)
        return first_line(drill.report)
