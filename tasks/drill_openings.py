"""Before a drill: which set, whether it can be drilled at all, and what is noted before anything is made."""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from clients.catalogue import read_catalogue
from clients.environment import Environment
from clients.environment_files import environments
from clients.errors import NotFound, Rejected
from clients.objects import list_names
from clients.recovery_window import read_window
from domain.drill import Path, Which
from domain.drill_report import RESTORE_DRILL, DrillReport, Promise
from domain.drill_request import Request, read_request
from domain.drill_wish import Wish
from domain.manifest import Manifest
from domain.refusal import Problem, Refused
from domain.set_choice import choose
from domain.timeline import Moment, Timeline
from domain.vault_layout import manifest_name
from tasks.bindings import binding_problems
from tasks.drill_drafts import open_drill
from tasks.drill_refusals import refuse_drill
from tasks.drill_reports import Reports, read_reports
from tasks.held_lease import HeldLease
from tasks.logbook import Logbook, logbook
from tasks.planted_defects import defect_problems, plantable
from tasks.rehearsal import Rehearsal
from tasks.set_checks import read_checked
from tasks.set_files import has_set_file, read_set_json
from tasks.step import step
from tasks.target_search import search_target_problems
from tasks.targets import target_of

SERVICE = "configuration/service.json"

logger = logging.getLogger("muster")


@dataclass(frozen=True)
class Chosen:
    """A drill that may begin."""

    manifest: Manifest
    wish: Wish
    why: str  # this set
    loss_at: datetime | None  # the loss is reckoned from then; None: from the drill's beginning


@step
def choose_set(env: Environment, which: str, path: str, defect: str, keep_for: timedelta) -> Chosen:
    """The set that is drilled, and why; nothing is made.

    The loss is reckoned from the instant that stands for it: of a set's own backup, when the set was
    complete, as if it had come then; of a point in time, that instant, or for the latest the drill's
    beginning.

    Raises:
        Refused: with everything that stands in the way.
    """
    request = read_request(which, path, defect, keep_for, plantable=partial(plantable, env))
    catalogue = read_catalogue(env)
    wanted = Which.NEWEST if request.random_instant else request.which
    picked = choose(
        catalogue.sets,
        wanted,
        request.draw,
        now=catalogue.now,
        environment=env.name,
        elsewhere=_elsewhere(env, wanted),
        unread=catalogue.unread,
    )
    if isinstance(picked, Problem):
        raise Refused([picked])
    listed = catalogue.find(picked.set.id)
    assert listed
    manifest, wrong = read_checked(env, listed)
    if manifest is None or wrong:
        raise Refused([Problem(each, f"muster verify {env.name} {picked.set.id}") for each in wrong])
    wish = Wish(request.path, _instant(env, request), request.defect, request.keep_for)
    past = _past(read_reports(env))
    problems: list[Problem] = []
    try:
        admitted = refuse_drill(env, manifest, wish, past=past, plantable=plantable(env, wish.path))
    except Refused as refusal:
        problems += refusal.problems
    problems += search_target_problems(env)
    problems += defect_problems(env, manifest, wish.defect, wish.path)
    if has_set_file(manifest, SERVICE):
        problems += binding_problems(env, read_set_json(env, manifest, SERVICE))
    if problems:
        raise Refused(dict.fromkeys(problems))
    cost = [f"it is estimated to cost {admitted.cost.sum:.2f}: {admitted.cost.why}"] if admitted.cost else []
    for remark in (*admitted.remarks, *cost):
        logbook().note(remark)
    return Chosen(manifest, wish, picked.why, _loss_at(manifest, wish, request))


def begin(env: Environment, chosen: Chosen, lease: HeldLease, book: Logbook) -> Rehearsal:
    """Note what the drill is going to make: from then on somebody finds it, whatever becomes of us."""
    run, manifest = book.report, chosen.manifest
    began = datetime.now(UTC)
    report = DrillReport(
        id=run.id,
        kind=RESTORE_DRILL,
        environment=env.name,
        project=env.project,
        service=env.service.name,
        who=run.who,
        started_at=began,
        promise=Promise(env.objectives.restore.rto, env.objectives.restore.rpo),
        set_id=manifest.id,
        picked=chosen.why,
        path=chosen.wish.path.value,
        defect=chosen.wish.defect.value if chosen.wish.defect else "",
        image=str(manifest.facts.get("service.image", "")),
        timeline=Timeline({Moment.LAST_GOOD: began, Moment.DECLARED: began}),
        run_url=run.run_url,
    )
    draft = open_drill(env, run, lease, set_id=manifest.id, defect=report.defect)
    draft.follow(book)
    return Rehearsal(
        target=target_of(env, run.id),
        manifest=manifest,
        wish=chosen.wish,
        loss_at=chosen.loss_at or lease.server_now(),
        report=report,
        draft=draft,
        lease=lease,
        book=book,
    )


def _loss_at(manifest: Manifest, wish: Wish, request: Request) -> datetime | None:
    if wish.path is Path.BACKUP:
        return manifest.completed_at
    return wish.at if request.random_instant else None


def _instant(env: Environment, request: Request) -> datetime | None:
    """The instant to which the database is brought: drawn from the recovery window, or its latest. A set's
    backup has its own."""
    if request.path is not Path.POINT_IN_TIME or env.database is None:
        return None
    try:
        window = read_window(env)
    except (NotFound, Rejected):
        window = None
    if window is None:
        return None  # refused with the reason, by what knows it
    if request.random_instant:
        return window.earliest_at + (window.latest_at - window.earliest_at) * request.draw
    return window.latest_at


def _elsewhere(env: Environment, which: Which | str) -> str:
    """The environment of this vault that has a set of that id."""
    if which in set(Which) or not re.fullmatch(r"[\w-]+", which):
        return ""
    for name in environments():
        if name != env.name and list_names(env, env.vault, manifest_name(name, which)):
            return name
    return ""


def _past(reports: Reports) -> list[timedelta]:
    """How long the drills before took, the newest first."""
    return [
        each.ended_at - each.started_at
        for each in reversed(reports.reports)
        if each.kind == RESTORE_DRILL and each.ended_at
    ]
