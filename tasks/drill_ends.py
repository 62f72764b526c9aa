"""The end of a drill whose process died: its draft becomes a report, and its message in Slack is closed."""

from collections.abc import Sequence
from datetime import datetime

from clients.environment import Environment
from clients.objects import object_size
from clients.slack import Place
from domain import wording
from domain.drill_draft import DrillDraft, ended_without_a_word
from domain.drill_report import DrillReport, Promise, Verdict
from domain.drill_words import first_line
from domain.run_report import End, RunReport, message
from domain.vault_layout import drill_report_name
from tasks.announcements import Announcer
from tasks.drill_reports import complete_report, read_report, write_report
from tasks.silent_runs import has_told_its_end


def is_reported(env: Environment, drill: str) -> bool:
    """Whether the report of that drill stands in the vault."""
    return object_size(env, env.vault, drill_report_name(env.name, drill)) is not None


def end_drill(env: Environment, draft: DrillDraft, left: Sequence[str], at: datetime) -> None:
    """Write the report of a drill that has none, and let its message say how it ended, unless it does.

    Safe to repeat: a report that stands is left as it is, whoever wrote it.
    """
    told, end = f"{ended_without_a_word(draft)}; {_what_became(draft, left)}", End.FAILED
    report = read_report(env, draft.id)
    if report:
        evidence = complete_report(env, draft.id)
        if draft.ended:
            return  # it has told its end itself
        told = f"{first_line(report)}; then {told}"
        end = End.DONE if report.verdict is Verdict.PASSED else End.FAILED
    else:
        evidence = write_report(env, report_of_draft(env, draft, left, at))
    if env.slack and not has_told_its_end(env, draft.id, draft.began_at):
        _close_message(env, draft, _run(draft, told, end, evidence, at))


def report_of_draft(env: Environment, draft: DrillDraft, left: Sequence[str], at: datetime) -> DrillReport:
    """All that is known of a drill that did not come to its end."""
    objective = env.objectives.restore
    return DrillReport(
        id=draft.id,
        kind=draft.kind,
        environment=draft.environment,
        project=env.project,
        service=draft.service,
        who=draft.who,
        started_at=draft.began_at,
        promise=Promise(objective.rto, objective.rpo),
        set_id=draft.set_id,
        defect=draft.defect,
        failure=ended_without_a_word(draft),
        torn_down=list(draft.removed),
        left=list(left),
        ended_at=at,
        run_url=draft.run_url,
    )


def _what_became(draft: DrillDraft, left: Sequence[str]) -> str:
    if left:
        return f"left: {'; '.join(left)}"
    return f"removed: {wording.listed(draft.removed)}" if draft.removed else "nothing of it was left"


def _run(draft: DrillDraft, told: str, end: End, evidence: list[tuple[str, str]], at: datetime) -> RunReport:
    return RunReport(
        draft.id,
        draft.kind,
        draft.environment,
        draft.service,
        draft.who,
        draft.began_at,
        draft.run_url,
        end=end,
        status=told,
        ended_at=at,
        evidence=evidence,
    )


def _close_message(env: Environment, draft: DrillDraft, report: RunReport) -> None:
    place = Place(draft.channel, draft.ts) if draft.ts else None
    announcer = Announcer(env, place, resumes=True)
    announcer.show(message(report))
    announcer.say(report.status)
    announcer.close()
