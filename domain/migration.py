"""Migrations: what is planned, and whether the baseline can live with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.lint_rules import BLOCKING, BREAKING, IGNORED
from domain.refusal import Problem


@dataclass(frozen=True)
class Step:
    """One schema revision: the SQL that leads to it and the SQL that leads back, as rendered offline.

    None where it could not be rendered: the migration looks at the database while it runs.
    """

    revision: str
    down_revision: str
    message: str
    sql: str | None
    undo_sql: str | None
    why_not: str = ""


@dataclass(frozen=True)
class Finding:
    """What the linter says of one statement of one step."""

    revision: str
    rule: str
    line: int
    message: str
    help: str = ""

    def __str__(self) -> str:
        reason = BLOCKING.get(self.rule, self.message)
        return f"migration {self.revision}, line {self.line}: {self.rule}: {reason}"

    @property
    def remedy(self) -> str:
        """What to do instead. What takes something from the baseline is for a later release."""
        if self.rule not in BREAKING:
            return self.help or self.message
        instead = f"{self.help.rstrip('.')}, or expand" if self.help else "expand"
        return f"{instead} first; when nothing uses the old form any more, deploy it with --contract"


@dataclass(frozen=True)
class Migration:
    """From which schema revision to which, step by step. Without steps there is nothing to do."""

    current: str
    head: str
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def unrendered(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.sql is None)

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.rule in BLOCKING)

    @property
    def advice(self) -> tuple[Finding, ...]:
        known = BLOCKING.keys() | IGNORED.keys()
        return tuple(finding for finding in self.findings if finding.rule not in known)


NOTHING = Migration("", "")


@dataclass(frozen=True)
class Word:
    """What the operator has said about this release's migration."""

    contract: bool = False  # it is the contract step: the baseline no longer needs what goes
    unseen: bool = False  # it may run though it cannot be rendered and was not linted


def problems(migration: Migration, word: Word, *, first: bool) -> list[Problem]:
    """Why this migration may not run; nothing, if it may. On a first deploy there is no baseline to break."""
    found = []
    if not word.contract and not first:
        found += [Problem(str(finding), finding.remedy) for finding in migration.blocking]
    if not word.unseen:
        found += [
            Problem(
                f"migration {step.revision} cannot be rendered as SQL and was not linted"
                + (f" ({step.why_not})" if step.why_not else ""),
                "make it run under `alembic upgrade --sql`, or give your word for it with --unseen-migration",
            )
            for step in migration.unrendered
        ]
    return found


def one_head(heads: Sequence[str]) -> Problem | None:
    """A history with several heads has no one way forward."""
    if len(heads) <= 1:
        return None
    return Problem(
        f"the migrations have {len(heads)} heads: {', '.join(sorted(heads))}",
        "join them (alembic merge heads), build again, deploy again",
    )


class MigrationRejected(Exception):
    """The baseline does not work on the new schema, which was taken back."""
