"""The rules that refuse a deploy, against the linter itself: it knows and finds each of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from clients.squawk import lint
from domain.lint_rules import BLOCKING, BREAKING, IGNORED
from domain.migration import Migration, Step, Word, problems

STAMP = "UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';"
SQUAWK = Path(sys.executable).with_name("squawk")
NO_RULES_OF_SQUAWKS = {"syntax-error"}  # found, but not to be left out


def step(sql: str) -> Step:
    return Step("0004", "0003", "", sql, None)


def exclude(rule: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the linter says to leaving out a rule of that name: it refuses those that it does not have."""
    file = folder / "nothing.sql"
    file.write_text("SELECT 1;\n")
    return subprocess.run([SQUAWK, f"--exclude={rule}", file], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("rule", sorted((BLOCKING.keys() | IGNORED.keys()) - NO_RULES_OF_SQUAWKS))
def test_the_linter_knows_the_rule(rule: str, tmp_path: Path) -> None:
    run = exclude(rule, tmp_path)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("rule", [*NO_RULES_OF_SQUAWKS, "ban-drop-tables"])
def test_the_linter_says_what_is_no_rule(rule: str, tmp_path: Path) -> None:
    run = exclude(rule, tmp_path)
    assert run.returncode == 2
    assert f"invalid rule name {rule}" in run.stderr


SAMPLES = {
    "ban-drop-table": "DROP TABLE documents;",
    "ban-drop-column": "ALTER TABLE documents DROP COLUMN body;",
    "ban-drop-view": "DROP VIEW newest;",
    "ban-drop-function": "DROP FUNCTION words(text);",
    "ban-drop-type": "DROP TYPE kind;",
    "ban-drop-domain": "DROP DOMAIN email;",
    "ban-drop-sequence": "DROP SEQUENCE numbers;",
    "ban-drop-schema": "DROP SCHEMA archive;",
    "ban-drop-extension": "DROP EXTENSION pg_trgm;",
    "ban-drop-database": "DROP DATABASE ali_api;",
    "ban-drop-not-null": "ALTER TABLE documents ALTER COLUMN body DROP NOT NULL;",
    "ban-drop-default": "ALTER TABLE documents ALTER COLUMN created_at DROP DEFAULT;",
    "ban-drop-generated-expression": "ALTER TABLE documents ALTER COLUMN words DROP EXPRESSION;",
    "ban-alter-identity": "ALTER TABLE documents ALTER COLUMN id DROP IDENTITY;",
    "ban-truncate-cascade": "TRUNCATE documents CASCADE;",
    "ban-set-schema": "ALTER TABLE documents SET SCHEMA archive;",
    "renaming-table": "ALTER TABLE documents RENAME TO papers;",
    "renaming-column": "ALTER TABLE documents RENAME COLUMN body TO content;",
    "renaming-object": "ALTER VIEW newest RENAME TO latest;",
    "adding-required-field": "ALTER TABLE documents ADD COLUMN author text NOT NULL;",
    "adding-not-nullable-field": "ALTER TABLE documents ALTER COLUMN author SET NOT NULL;",
    "changing-column-type": "ALTER TABLE documents ALTER COLUMN id TYPE bigint;",
    "adding-field-with-default": "ALTER TABLE documents ADD COLUMN key uuid DEFAULT gen_random_uuid();",
    "adding-serial-primary-key-field": "ALTER TABLE documents ADD PRIMARY KEY (id);",
    "adding-foreign-key-constraint": (
        "ALTER TABLE documents ADD CONSTRAINT by_author FOREIGN KEY (author) REFERENCES authors (id);"
    ),
    "constraint-missing-not-valid": "ALTER TABLE documents ADD CONSTRAINT not_empty CHECK (body <> '');",
    "disallowed-unique-constraint": "ALTER TABLE documents ADD CONSTRAINT one_title UNIQUE (title);",
    "require-concurrent-index-creation": "CREATE INDEX by_title ON documents (title);",
    "require-concurrent-index-deletion": "DROP INDEX by_title;",
    "require-concurrent-reindex": "REINDEX TABLE documents;",
    "require-concurrent-partition-detach": "ALTER TABLE documents DETACH PARTITION documents_2025;",
    "ban-alter-domain-with-add-constraint": "ALTER DOMAIN email ADD CONSTRAINT at CHECK (VALUE LIKE '%@%');",
    "ban-concurrent-index-creation-in-transaction": (
        "BEGIN; CREATE INDEX CONCURRENTLY by_title ON documents (title); COMMIT;"
    ),
    "transaction-nesting": "BEGIN; BEGIN; COMMIT;",
    "syntax-error": "ALTER TABEL documents;",
}


@pytest.mark.parametrize("rule", sorted(BLOCKING))
def test_the_linter_finds_it_and_it_is_in_the_way(rule: str) -> None:
    sql = step(SAMPLES[rule])
    findings = lint(sql)
    assert rule in {finding.rule for finding in findings}
    planned = Migration("0003", "0004", (sql,), tuple(findings))
    said = [problem for problem in problems(planned, Word(), first=False) if rule in problem.what]
    assert said
    assert all(problem.remedy for problem in said)
    assert all(("--contract" in problem.remedy) == (rule in BREAKING) for problem in said)


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("ALTER TABLE documents ADD COLUMN summary text;", id="a column that may be empty"),
        pytest.param(
            "ALTER TABLE documents ADD COLUMN stars bigint NOT NULL DEFAULT 0;",
            id="a column with a constant default",
        ),
        pytest.param("CREATE TABLE tags (id bigint PRIMARY KEY, name text NOT NULL);", id="a new table"),
        pytest.param(
            "CREATE INDEX CONCURRENTLY by_title ON documents (title);", id="an index built beside the work"
        ),
        pytest.param("DROP INDEX CONCURRENTLY by_title;", id="an index taken away beside the work"),
        pytest.param(
            "ALTER TABLE documents ADD CONSTRAINT not_empty CHECK (body <> '') NOT VALID;",
            id="a constraint that is not checked yet",
        ),
        pytest.param(
            f"BEGIN;\n\nALTER TABLE documents ADD COLUMN summary TEXT;\n\n{STAMP}\n\nCOMMIT;\n",
            id="as Alembic renders it",
        ),
        pytest.param(
            "BEGIN;\n\nCOMMIT;\n\nCREATE INDEX CONCURRENTLY by_title ON documents (title);\n\nBEGIN;\n\n"
            f"{STAMP}\n\nCOMMIT;\n",
            id="as Alembic renders an autocommit block",
        ),
        pytest.param("", id="nothing at all"),
    ],
)
def test_an_expand_step_is_not_in_the_way(sql: str) -> None:
    planned = Migration("0003", "0004", (step(sql),), tuple(lint(step(sql))))
    assert planned.blocking == ()


def test_a_finding_tells_its_line() -> None:
    sql = "BEGIN;\n\nALTER TABLE documents DROP COLUMN body;\n\nCOMMIT;\n"
    [finding] = Migration("", "", findings=tuple(lint(step(sql)))).blocking
    assert str(finding) == "migration 0004, line 3: ban-drop-column: the baseline still reads the column"
