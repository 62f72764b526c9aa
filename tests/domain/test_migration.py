"""Whether a migration may run: what the linter found, and what the operator said."""

import pytest

from domain.migration import NOTHING, Finding, Migration, Step, Word, one_head, problems

STEP = Step("0004", "0003", "add summary", "ALTER TABLE documents ADD COLUMN summary text;", "")
UNRENDERED = Step("0005", "0004", "move data", None, None, why_not="it reads rows")
MUTE = Step("0006", "0005", "move data", None, None)

DROPS = Finding("0004", "ban-drop-column", 3, "Dropping a column may break existing clients.")
LOCKS = Finding("0004", "require-concurrent-index-creation", 1, "Writes are blocked.", "Use `concurrently`.")
REQUIRES = Finding("0004", "adding-required-field", 2, "It is required.", "Make the field nullable.")
ADVISES = Finding("0004", "prefer-text-field", 2, "Changing the size of a varchar field takes a lock.")
IGNORED = Finding("0004", "prefer-robust-stmts", 1, "Missing IF NOT EXISTS.")


def migration(*findings: Finding, steps: tuple[Step, ...] = (STEP,)) -> Migration:
    return Migration("0003", "0004", steps, findings)


@pytest.mark.parametrize(
    ("planned", "word", "first", "said"),
    [
        pytest.param(NOTHING, Word(), False, "", id="there is nothing to migrate"),
        pytest.param(migration(), Word(), False, "", id="the linter found nothing"),
        pytest.param(migration(ADVISES, IGNORED), Word(), False, "", id="advice refuses nothing"),
        pytest.param(
            migration(DROPS),
            Word(),
            False,
            "migration 0004, line 3: ban-drop-column: the baseline still reads the column: expand "
            "first; when nothing uses the old form any more, deploy it with --contract",
            id="it breaks the baseline",
        ),
        pytest.param(
            migration(REQUIRES),
            Word(),
            False,
            "migration 0004, line 2: adding-required-field: the baseline's inserts do not fill the "
            "column: Make the field nullable, or expand first; when nothing uses the old form any "
            "more, deploy it with --contract",
            id="it breaks the baseline and the linter knows another way",
        ),
        pytest.param(
            migration(LOCKS),
            Word(),
            False,
            "migration 0004, line 1: require-concurrent-index-creation: the table is locked against "
            "writes while the index is built: Use `concurrently`.",
            id="it blocks the baseline",
        ),
        pytest.param(migration(DROPS), Word(contract=True), False, "", id="it is the contract step"),
        pytest.param(migration(DROPS), Word(), True, "", id="a first deploy has no baseline to break"),
        pytest.param(
            migration(steps=(UNRENDERED,)),
            Word(),
            False,
            "migration 0005 cannot be rendered as SQL and was not linted (it reads rows): make it "
            "run under `alembic upgrade --sql`, or give your word for it with --unseen-migration",
            id="nobody saw its SQL",
        ),
        pytest.param(
            migration(steps=(MUTE,)),
            Word(),
            False,
            "migration 0006 cannot be rendered as SQL and was not linted: make it run under `alembic "
            "upgrade --sql`, or give your word for it with --unseen-migration",
            id="nobody saw its SQL, nor why",
        ),
        pytest.param(
            migration(steps=(UNRENDERED,)),
            Word(unseen=True),
            False,
            "",
            id="nobody saw its SQL, and so be it",
        ),
    ],
)
def test_a_migration_may_run_or_says_why_not(planned: Migration, word: Word, first: bool, said: str) -> None:
    assert "\n".join(map(str, problems(planned, word, first=first))) == said


@pytest.mark.parametrize(
    ("word", "left"),
    [
        pytest.param(Word(), 3, id="nothing was said: all of them"),
        pytest.param(Word(contract=True), 1, id="the contract step may still be unseen"),
        pytest.param(Word(unseen=True), 2, id="what may run unseen may still break what was seen"),
        pytest.param(Word(contract=True, unseen=True), 0, id="all was said"),
    ],
)
def test_one_word_does_not_stand_for_the_other(word: Word, left: int) -> None:
    planned = migration(DROPS, LOCKS, steps=(STEP, UNRENDERED))
    assert len(problems(planned, word, first=False)) == left


def test_findings_are_either_in_the_way_or_advice_or_ignored() -> None:
    planned = migration(DROPS, LOCKS, ADVISES, IGNORED)
    assert planned.blocking == (DROPS, LOCKS)
    assert planned.advice == (ADVISES,)


def test_advice_is_said_in_the_linters_words() -> None:
    assert str(ADVISES) == (
        "migration 0004, line 2: prefer-text-field: Changing the size of a varchar field takes a lock."
    )


@pytest.mark.parametrize(
    ("heads", "said"),
    [
        pytest.param([], None, id="no migrations yet"),
        pytest.param(["0004"], None, id="one way forward"),
        pytest.param(
            ["0005b", "0005a"],
            "the migrations have 2 heads: 0005a, 0005b: join them (alembic merge heads), build again, "
            "deploy again",
            id="two ways forward",
        ),
    ],
)
def test_a_history_has_one_head(heads: list[str], said: str | None) -> None:
    found = one_head(heads)
    assert (str(found) if found else None) == said


def test_a_migration_without_steps_is_none() -> None:
    assert not NOTHING
    assert migration()
