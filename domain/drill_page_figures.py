"""What a drill achieved, on its page: objectives, phases, losses."""

from datetime import datetime, timedelta
from html import escape

from domain import wording
from domain.beat_ranges import told
from domain.drill_figures import CHECK, Figures
from domain.drill_page_style import PHASES
from domain.drill_report import DrillReport
from domain.drill_words import told_figure
from domain.html_words import facts, stamp, with_code
from domain.loss import Loss, Unmeasurable
from domain.recovery import Phase
from domain.timeline import LEADS_TO, Moment


def objectives(report: DrillReport, reached: Figures) -> str:
    """RTO and RPO, each beside what was promised."""
    promise = report.promise
    cards = (
        _objective("RTO", "until users were served", reached.rto, promise.rto),
        _objective("RPO", "of what users wrote, right to one heartbeat", reached.rpo, promise.rpo),
    )
    return f'<div class="pair">{"".join(cards)}</div>'


def _objective(name: str, what: str, figure: timedelta | Unmeasurable, promised: timedelta) -> str:
    if isinstance(figure, Unmeasurable):
        shown, kind, share = f'<p class="failed">{escape(told_figure(figure))}</p>', "failed", 0.0
    else:
        kind = "passed" if figure <= promised else "failed"
        share = min(100.0, 100 * (figure / promised)) if promised else 100.0
        shown = f'<div class="figure">{wording.length(figure)}</div>'
    return (
        f'<div class="card {kind}"><span class="quiet">{name}, {what}</span>{shown}'
        f'<span class="quiet">of {wording.length(promised)} promised</span>'
        f'<div class="meter"><i style="width:{share:.1f}%"></i></div></div>'
    )


def phases(reached: Figures) -> str:
    """A bar of what the time was spent on, and the same as a table."""
    if not reached.phases:
        return '<p class="quiet">it did not come so far</p>'
    bar = "".join(
        f'<i title="{escape(phase.name)} {wording.length(phase.took)}" '
        f'style="flex-grow:{max(phase.took.total_seconds(), 0.001):.3f};background:{_colour(phase)}"></i>'
        for phase in reached.phases
    )
    began = reached.phases[0].began
    rows = "".join(
        f'<tr><td><span class="swatch" style="background:{_colour(phase)}"></span>{escape(phase.name)}'
        f'{_aside(phase.said)}</td><td class="number">{wording.length(phase.took)}</td>'
        f'<td class="number">{_ends(phase)}{_clock(phase.ended, began)}</td></tr>'
        for phase in reached.phases
    )
    total = escape(told_figure(reached.rto))
    checked = any(phase.name == CHECK for phase in reached.phases)
    after = "; the checks came after users were served" if checked else ""
    return (
        f'<div class="phases">{bar}</div><table><thead><tr><th>phase</th><th class="number">took</th>'
        f'<th class="number">until (UTC)</th></tr></thead><tbody>{rows}</tbody></table>'
        f'<p class="quiet">from {Moment.LAST_GOOD}, {stamp(began)}; achieved RTO ({Moment.LAST_GOOD} to '
        f"{Moment.SERVED}): {total}{after}</p>"
    )


def losses(report: DrillReport) -> str:
    """What of each store was lost, by number, or why that is not known."""
    found = [("database", report.database)]
    if report.search is not None:
        found.append(("search", report.search))
    cards = [f'<div class="card"><b>{name}</b>{_loss(loss)}</div>' for name, loss in found]
    skew = f"<p>{with_code(report.skew)}</p>" if report.skew else ""
    return f'<div class="pair">{"".join(cards)}</div>{skew}'


def _loss(loss: Loss | Unmeasurable) -> str:
    if isinstance(loss, Unmeasurable):
        return f'<p class="missed">{escape(told_figure(loss))}</p>'
    last = "not even the first" if loss.last is None else f"{loss.last.sequence} of epoch {loss.last.epoch}"
    at = f", acknowledged {stamp(loss.last_at)}" if loss.last_at else ""
    return facts(
        ("achieved RPO", wording.length(loss.achieved_rpo)),
        ("all there up to", f"{last}{at}"),
        ("lost", told(loss.lost)),
        ("phantom", f"{told(loss.phantom)}{', which is no loss' if loss.phantom else ''}"),
    )


def _colour(phase: Phase) -> str:
    return PHASES.get(phase.name, "currentColor")


def _ends(phase: Phase) -> str:
    """The moment that it led to, such as T5."""
    return next((f"{moment}, " for moment, name in LEADS_TO.items() if name == phase.name), "")


def _aside(said: str) -> str:
    return f' <span class="quiet">{escape(said)}</span>' if said else ""


def _clock(at: datetime, began: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.date() == began.date() else f"{at:%Y-%m-%d %H:%M:%S}"
