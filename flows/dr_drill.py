"""DR drill: something is lost, and the environment is brought back as in earnest, by the same steps."""

from datetime import datetime, timedelta

from prefect import flow

from clients.environment import Environment
from clients.environment_files import load_environment
from clients.loss_makers import can_be_lost
from domain.dr_drill_plan import DrFacts, dr_problems, said
from domain.drill import Scenario
from domain.drill_failures import DrillFailed, ObjectiveMissed
from domain.drill_report import DR_DRILL, DrillReport, Verdict
from domain.drill_words import first_line, look_first
from domain.recovery_page import plan_page
from domain.recovery_wish import Way, Wish
from domain.refusal import Refused, refuse
from flows.recover import carry_out
from tasks.dr_openings import choose_for
from tasks.drill_closings import rehearsed
from tasks.drill_openings import begin
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
from tasks.held_lease import HeldLease
from tasks.leases import leased_beside
from tasks.logbook import Logbook, logged
from tasks.made_losses import lose_for_real, lost_region
from tasks.prober import Prober
from tasks.recoveries import open_record, plan
from tasks.recovery_reports import begin_report
from tasks.traffic import found
from tasks.waiting import wait_for

STEADY = timedelta(minutes=2)  # in which the service shows that it serves, before anything is lost
NOTICED = timedelta(minutes=5)  # in which a loss is seen from outside


@flow(flow_run_name="DR drill in {environment}: {scenario}")
def dr_drill(
    environment: str,
    scenario: Scenario,
    at: datetime | None = None,
    lose: str = "",
    accept_loss: bool = False,
) -> DrillReport:
    """Rehearse the recovery from that loss, measured as users see it; its report.

    Args:
        environment: what is lost is its.
        scenario: what is lost.
        at: for `corruption noticed late`, the instant before the damage.
        lose: the primary by its name: the operator's word that it may be stopped, where nothing makes the
            loss real.
        accept_loss: though a failover may lose more than the objective.

    Where the environment's file names what makes the loss real, it is made real. Elsewhere it is declared,
    and only what the drill made itself or the operator named is touched.

    Raises:
        Refused: the environment cannot do it, or another drill or recovery is under way. Nothing was touched.
        DrillFailed, ObjectiveMissed: it was carried out, and did not pass.
    """
    env = load_environment(environment)
    with logged("DR drill", env) as book:
        facts = DrFacts(
            environment=env.name,
            database=env.database.instance if env.database else "",
            searches=env.search is not None,
            can_be_lost=can_be_lost(env, scenario),
            named=lose,
            at=at,
        )
        if problems := dr_problems(facts, scenario):
            raise Refused(problems)
        if scenario is Scenario.PRIMARY_LOST:
            report = lose_primary(env, facts, book, accept_loss=accept_loss)
        else:
            report = rehearse(env, facts, scenario, book)
    if report.verdict is Verdict.PASSED:
        return report
    told = f"{first_line(report)}. First: {look_first(report)}"
    raise (ObjectiveMissed if report.verdict is Verdict.MISSED else DrillFailed)(told)


def lose_primary(env: Environment, facts: DrFacts, book: Logbook, *, accept_loss: bool) -> DrillReport:
    """The primary is lost, and its replica promoted: as `recover` does it, from the same plan."""
    run = book.report
    with (
        leased_beside(env, "drill", run.holder) as drilling,
        leased_beside(env, "recover", run.holder) as lease,
    ):
        lease.beside = drilling
        planned = plan(env, Wish(Way.FAILOVER, accept_loss=accept_loss), run.id)
        if planned.goes_on:
            raise refuse(
                f"{env.name}: recovery {planned.goes_on.id} was begun, and has not ended",
                f"go on with it first: muster recover {env.name} --failover --apply",
            )
        run.page = plan_page(env.name, planned)
        with Prober(env, found(env).uri) as prober:
            prober.wait_for_streak(lease.keep, STEADY)
            lost_at = prober.now()
            detected_at = _lost(env, facts, prober, lost_at, lease)
            record = open_record(
                env,
                planned,
                run.id,
                loss_at=lost_at,
                good_at=prober.last_good_before(lost_at),
                detected_at=detected_at,
            )
            report = begin_report(env, run, record, DR_DRILL)
            report.picked = said(Scenario.PRIMARY_LOST, facts)
            return carry_out(env, record, report, prober, lease)


def rehearse(env: Environment, facts: DrFacts, scenario: Scenario, book: Logbook) -> DrillReport:
    """What was lost is restored into isolation, from what that loss would leave; production serves on."""
    chosen = choose_for(env, facts, scenario)
    with leased_beside(env, "drill", book.report.holder) as lease:
        drill = begin(env, chosen, lease, book)
        drill.report.kind = DR_DRILL
        drill.report.picked = f"{said(scenario, facts)}; {chosen.why}"
        with (
            lost_region(env, scenario, real=facts.can_be_lost),
            rehearsed(drill),
            defect_planted(drill) as plant,
        ):
            restore(drill, plant)
            drill.report.path = f"{scenario}: {drill.report.path}"
            with data_looked_into(drill):
                bring_to_one_cut(drill)
                replay_configuration(drill)
                run_application(drill)
                serve(drill)
            check_all(drill)
            measure(drill)
        return drill.report


def _lost(env: Environment, facts: DrFacts, prober: Prober, lost_at: datetime, lease: HeldLease) -> datetime:
    """When users noticed. A loss that is only declared comes with the fence."""
    if not facts.can_be_lost:
        return lost_at
    lose_for_real(env, Scenario.PRIMARY_LOST)
    what = f"{env.name}: that users notice"
    return wait_for(lambda: prober.detected_after(lost_at), NOTICED, what, lease.keep)
