"""The sample service's releases, in the order of their story, with a database, a search and users.

The tests build on each other: what the first promotes is the baseline of the others.
"""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml

from clients.environment import Environment
from clients.environment_files import load_environment
from clients.secret_versions import read_secret
from domain.record import Result
from examples.landscape import INSTANCE
from examples.load.generator import Load
from examples.releases import lay
from tests.conftest import ROOT, Endpoints
from tests.environments import write_environment
from tests.flows.conftest import QUICK
from tests.flows.runs import Command, Ended, aftermath, deploy, jobs, promote, users
from tests.processes import wait_until

NAME = "t-ali-api"
SAMPLE = ROOT / "deployments" / "environments" / "sandbox.yaml"


@pytest.fixture(scope="module")
def ali(environment: object, landscape: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The sample's environment as the sandbox's file has it, with short holds; its first release serves."""
    sample = yaml.safe_load(SAMPLE.read_text())
    template = {**sample["service"]["template"], "startup": {"path": "/health", "within": "10s"}}
    over = {
        "service": {**sample["service"], "name": NAME, "template": template},
        "database": {**sample["database"], "migration": {"lock_timeout": "1s"}},
        "canary": {**QUICK["canary"], "minimum_requests": 20, "hold": "5s"},
        "slack": {"channel": f"#{NAME}", "token": "slack-bot-token"},
    }
    write_environment(Path(os.environ["MUSTER_ENVIRONMENTS"]), landscape, NAME, over=over)
    env = load_environment(NAME)
    ended = release(env, tmp_path_factory.mktemp("base"), "base")
    assert ended.code == 0, ended.said
    return env


@pytest.fixture(scope="module")
def load(ali: Environment) -> Iterator[Load]:
    """Users, all the time."""
    with users(ali, path="", rate=100) as generator:
        yield generator


def release(env: Environment, folder: Path, name: str, *options: str) -> Ended:
    return deploy(env, lay(name, folder / name), *options)


def add_revision(source: Path, name: str, *, after: str, upgrade: str = "pass") -> None:
    """Write one more Alembic revision into a release's source."""
    (source / "migrations" / "versions" / f"{name}.py").write_text(
        f'from alembic import op\n\nrevision = "{name}"\ndown_revision = "{after}"\n'
        "branch_labels = None\ndepends_on = None\n\n\n"
        f"def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    pass\n"
    )


def test_the_first_release_made_the_schema(ali: Environment) -> None:
    left = aftermath(ali)
    assert left.is_settled_on(left.record.canary)
    assert left.schema == left.record.schema_after == "0003_index_created_at"
    assert left.record.recovery_point.startswith(f"{INSTANCE}: backup")
    assert not jobs(ali)


def test_a_release_with_an_expand_migration_is_promoted(ali: Environment, load: Load, tmp_path: Path) -> None:
    promote(ali, lay("good", tmp_path / "good"))
    left = aftermath(ali)
    assert left.is_settled_on(left.record.canary)
    assert (left.record.schema_before, left.schema) == ("0003_index_created_at", "0004_add_summary")
    [planned] = left.record.migrations
    assert "ADD COLUMN summary" in (planned.sql or "")
    assert "DROP COLUMN summary" in (planned.undo_sql or "")
    names = [step.name for step in left.record.steps]
    assert names.index("prove baseline") < names.index("mark recovery point") < names.index("migrate")
    assert names.index("migrate") < names.index("prove on new schema") < names.index("create canary")
    assert load.tally.errors == 0
    assert not jobs(ali)


@pytest.mark.slow
def test_one_that_errs_on_users_writes_alone_is_rolled_back(
    ali: Environment, load: Load, tmp_path: Path
) -> None:
    [before] = aftermath(ali).shares
    ended = release(ali, tmp_path, "erring")
    left = aftermath(ali)
    assert ended.code == 1
    assert left.is_settled_on(before)
    assert left.record.result is Result.ROLLED_BACK
    assert left.schema == "0004_add_summary"
    seen = load.tally.revisions[left.record.canary]
    assert sum(seen.errors.values()) == left.record.exposure[left.record.canary].errors


@pytest.mark.parametrize("name", ["crashing", pytest.param("failing", marks=pytest.mark.slow)])
def test_one_that_does_not_work_never_meets_a_user(
    ali: Environment, load: Load, tmp_path: Path, name: str
) -> None:
    [before] = aftermath(ali).shares
    errors = load.tally.errors
    ended = release(ali, tmp_path, name)
    left = aftermath(ali)
    assert ended.code == 1
    assert left.is_settled_on(before)
    assert left.record.result is Result.FAILED
    assert left.record.canary not in load.tally.revisions
    assert load.tally.errors == errors


def test_one_with_an_unsafe_migration_is_refused(ali: Environment, load: Load, tmp_path: Path) -> None:
    before = aftermath(ali)
    ended = release(ali, tmp_path, "unsafe")
    left = aftermath(ali)
    assert ended.code == 2
    assert "renaming-column: the baseline knows the column by its old name" in ended.said
    assert left.service.etag == before.service.etag, "nothing was touched"
    assert left.schema == "0004_add_summary"
    assert left.lease is None
    assert not jobs(ali)


def test_over_a_baseline_that_is_broken_a_migration_is_refused_before_anything_is_touched(
    ali: Environment, http: httpx.Client, tmp_path: Path
) -> None:
    before = aftermath(ali)
    [baseline] = before.shares
    source = lay("good", tmp_path / "more")
    add_revision(source, "0005_more", after="0004_add_summary")
    http.post("/faults", json={"revision": baseline, "error_rate": 1.0}).raise_for_status()
    try:
        ended = deploy(ali, source)
    finally:
        http.post("/faults", json={"revision": baseline, "error_rate": 0.0}).raise_for_status()
    left = aftermath(ali)
    assert ended.code == 2, ended.said
    assert "the baseline is broken already" in ended.said
    assert left.record.result is Result.REFUSED
    assert left.service.etag == before.service.etag, "nothing was touched"
    assert left.schema == "0004_add_summary"
    assert left.lease is None


def test_one_whose_migration_breaks_the_baseline_is_taken_back(
    ali: Environment, load: Load, tmp_path: Path
) -> None:
    ended = release(ali, tmp_path, "breaking")
    left = aftermath(ali)
    assert ended.code == 1
    assert left.record.result is Result.FAILED
    assert left.is_settled_on(left.record.baseline)
    assert left.schema == "0004_add_summary"
    assert "the migration breaks the baseline" in ended.said
    assert "the schema was taken back to 0004_add_summary" in left.slack
    assert "saw" in left.record.reason
    assert left.record.exposure[left.record.baseline].errors > 0, "what users saw in between is counted"
    errors = load.tally.errors
    assert not jobs(ali)
    httpx.get(left.service.uri + "/ready").raise_for_status()
    assert load.tally.errors == errors


def test_the_deploys_keep_their_last_three_backups(ali: Environment) -> None:
    address = f"{ali.endpoints.google}/v1/projects/{ali.project}/instances/{INSTANCE}/backupRuns"
    listed = httpx.get(address).json()["items"]
    own = [run for run in listed if run.get("description", "").startswith("muster deploy")]
    assert len(own) == 3


def test_an_older_image_than_the_schema_is_refused(ali: Environment, tmp_path: Path) -> None:
    ended = release(ali, tmp_path, "base")
    assert ended.code == 2
    assert "which this image does not know" in ended.said


@pytest.mark.slow
def test_two_heads_are_refused(ali: Environment, tmp_path: Path) -> None:
    source = lay("good", tmp_path / "forked")
    add_revision(source, "0004_other", after="0003_index_created_at")
    ended = deploy(ali, source)
    assert ended.code == 2
    assert "2 heads: 0004_add_summary, 0004_other" in ended.said
    assert "alembic merge heads" in ended.said


def unrendered(folder: Path) -> Path:
    """A release whose migration looks at the database, and another revision after it."""
    source = lay("good", folder / "unrendered")
    look = "op.get_bind().exec_driver_sql('SELECT 1').scalar_one()"
    add_revision(source, "0005_looks", after="0004_add_summary", upgrade=look)
    more = "op.execute('ALTER TABLE documents ADD COLUMN more text')"
    add_revision(source, "0006_more", after="0005_looks", upgrade=more)
    return source


@pytest.mark.slow
def test_a_migration_that_looks_at_the_database_needs_the_operators_word(
    ali: Environment, tmp_path: Path
) -> None:
    refused = deploy(ali, unrendered(tmp_path))
    assert refused.code == 2
    assert "cannot be rendered as SQL" in refused.said
    assert "--unseen-migration" in refused.said


@pytest.mark.slow
def test_a_busy_table_is_waited_for_with_short_locks(ali: Environment, load: Load, tmp_path: Path) -> None:
    """Somebody holds a lock for a while: the migration tries again, and blocks nobody for long."""
    with psycopg.connect(application_login(ali)) as connection:
        connection.execute("SELECT count(*) FROM documents")  # an open transaction, with its lock
        command = Command("deploy", ali.name, "--source", unrendered(tmp_path), "--unseen-migration")
        wait_until(lambda: waits_for(connection), seconds=150, what="a migration that met the lock")
        wait_until(lambda: not waits_for(connection), what="that it gave up")
        connection.rollback()
    ended = command.end()
    assert "other work holds a lock; trying again" in ended.said
    assert aftermath(ali).schema == "0006_more"


def waits_for(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether a migration waits for our lock just now."""
    row = connection.execute(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    ).fetchone()
    return bool(row and row[0])


def application_login(env: Environment) -> str:
    assert env.service.template.secrets["DATABASE_URL"]
    return read_secret(env, env.service.template.secrets["DATABASE_URL"]).replace("+psycopg", "")


def test_no_secret_is_in_any_record_or_message(ali: Environment) -> None:
    words = [application_login(ali).rpartition("@")[0].rpartition(":")[2]]
    assert ali.slack
    words.append(read_secret(ali, ali.slack.token))
    records = {"prefix": f"releases/{ali.name}/"}
    listed = httpx.get(f"{ali.endpoints.google}/storage/v1/b/{ali.vault}/o", params=records).json()["items"]
    assert listed
    texts = [httpx.get(item["mediaLink"]).text for item in listed] + [aftermath(ali).slack]
    for word in words:
        assert len(word) > 10
        for text in texts:
            assert word not in text
            assert base64.b64encode(word.encode()).decode() not in text
