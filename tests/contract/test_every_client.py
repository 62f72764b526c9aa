"""What holds for every call of every client: lost and refused calls are told alike, in bounded time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients import (
    buckets,
    catalogue,
    cloud_build,
    cloud_run,
    cloud_sql,
    database_backups,
    database_instance,
    drafts,
    exports,
    fingerprints,
    jobs,
    leases,
    ledger,
    logs,
    new_instances,
    object_versions,
    objects,
    own_secrets,
    postgres,
    recovery_window,
    secret_states,
    secret_versions,
    sql_instances,
    sql_operations,
    sql_users,
    stored_objects,
)
from clients.environment import Environment
from clients.errors import ClientError, Denied, Unavailable
from clients.object_stream import ObjectStream
from clients.object_uploads import ObjectUpload, begin_upload
from clients.patience import patience
from clients.slack import Slack
from domain.lease import Lease
from domain.traffic import split
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import STATE, TINY, environment

Call = Callable[[Environment], Any]

LEASE = Lease(nonce="n", counter=1, length=timedelta(seconds=5), holder="a test")
ALL = split({"app-one": 100}, {})
BUILD = cloud_build.Build(
    name="b", ended=True, digest="", failure="", of_source=False, log_bucket="logs", log_object="log-1.txt"
)
THERE = stored_objects.Stored(STATE, "x", generation=1, size=2, crc32c="4waSgw==")


def session_of(env: Environment) -> str:
    return f"{env.endpoints.google}/upload/storage/v1/b/{STATE}/o?uploadType=resumable&upload_id=1"


READING: dict[str, Call] = {
    "read_service": cloud_run.read_service,
    "read_revision": lambda env: cloud_run.read_revision(env, "app-one"),
    "list_revisions": cloud_run.list_revisions,
    "list_jobs": jobs.list_jobs,
    "running_executions": lambda env: jobs.running_executions(env, "job"),
    "list_backups": cloud_sql.list_backups,
    "find_backup": lambda env: database_backups.find_backup(env, "d"),
    "read_instance": database_instance.read_instance,
    "list_operations": sql_operations.list_operations,
    "read_instance_named": lambda env: sql_instances.read_instance_named(env, "db"),
    "list_instances": sql_instances.list_instances,
    "list_replicas": sql_instances.list_replicas,
    "list_backups_of": lambda env: database_backups.list_backups_of(env, "db"),
    "list_secrets": own_secrets.list_secrets,
    "read_lease": leases.read_lease,
    "read_json": lambda env: objects.read_json(env, STATE, "x"),
    "list_drafts": drafts.list_drafts,
    "list_versions": lambda env: object_versions.list_versions(env, STATE, "x"),
    "read_catalogue": catalogue.read_catalogue,
    "list_names": lambda env: objects.list_names(env, STATE, "x"),
    "read_requests": lambda env: logs.read_requests(env, since=datetime.now(UTC)),
    "read_job_output": lambda env: logs.read_job_output(env, "job", "job-1", datetime.now(UTC)),
    "list_texts": lambda env: ledger.list_texts(env, "ledger/app/"),
    "read_with_generation": lambda env: ledger.read_with_generation(env, "x"),
    "newest_version": lambda env: secret_versions.newest_version(env, "slack-bot-token"),
    "read_bucket": lambda env: buckets.read_bucket(env, STATE),
    "stat": lambda env: stored_objects.stat(env, THERE.reference),
    "read_version_state": lambda env: secret_states.read_version_state(
        env, f"projects/{env.project}/secrets/slack-bot-token/versions/1"
    ),
    "read_secret": lambda env: secret_versions.read_secret(env, "slack-bot-token"),
}
CHANGING: dict[str, Call] = {
    "create_service": lambda env: cloud_run.create_service(
        env, revision="app-one", image="i", secrets={}, annotations={}
    ),
    "create_revision": lambda env: cloud_run.create_revision(
        env, revision="app-two", image="i", secrets={}, like=None, traffic=ALL, annotations={}
    ),
    "set_traffic": lambda env: cloud_run.set_traffic(env, ALL, {}, ""),
    "fingerprint_of": lambda env: fingerprints.fingerprint_of(env, "app-one"),
    "create_job": lambda env: jobs.create_job(
        env,
        "job",
        image="i",
        command=["c"],
        secrets={},
        like=None,
        extra={},
        timeout=timedelta(minutes=1),
    ),
    "run_job": lambda env: jobs.run_job(env, "job", args=[], mark="m"),
    "read_execution": lambda env: jobs.read_execution(env, "job", "job-1"),
    "cancel_execution": lambda env: jobs.cancel_execution(env, "job", "job-1"),
    "delete_job": lambda env: jobs.delete_job(env, "job"),
    "begin_backup": lambda env: cloud_sql.begin_backup(env, "d"),
    "delete_backup": lambda env: cloud_sql.delete_backup(env, "1"),
    "begin_backup of a set": lambda env: database_backups.begin_backup(env, "d"),
    "delete_backup of a set": lambda env: database_backups.delete_backup(env, "projects/p/backups/b"),
    "begin_export": lambda env: exports.begin_export(env, f"gs://{STATE}/x.sql.gz", []),
    "promote_replica": lambda env: sql_instances.promote_replica(env, "db"),
    "stop_instance": lambda env: sql_instances.stop_instance(env, "db"),
    "start_instance": lambda env: sql_instances.start_instance(env, "db"),
    "patch_instance": lambda env: sql_instances.patch_instance(env, "db", {}),
    "restore_as_new": lambda env: new_instances.restore_as_new(
        env, "new-db", "projects/p/backups/b", "us-central1", {}
    ),
    "clone_as_new": lambda env: new_instances.clone_as_new(env, "db", "new-db", datetime.now(UTC)),
    "list_users": lambda env: sql_users.list_users(env, "db"),
    "set_password": lambda env: sql_users.set_password(env, "db", "user", "x"),
    "put_secret": lambda env: own_secrets.put_secret(env, "own", "x", {}),
    "delete_secret": lambda env: own_secrets.delete_secret(env, "own"),
    "prove_writable": postgres.prove_writable,
    "read_logins": postgres.read_logins,
    "delete_instance": lambda env: sql_instances.delete_instance(env, "db"),
    "read_window": recovery_window.read_window,
    "read_position": postgres.read_position,
    "write_lease": lambda env: leases.write_lease(env, LEASE, 0),
    "delete_lease": lambda env: leases.delete_lease(env, 1),
    "write_text_over": lambda env: ledger.write_text_over(env, "y", "text", 1),
    "write_json": lambda env: objects.write_json(env, STATE, "x", {}),
    "write_json_once": lambda env: objects.write_json_once(env, STATE, "x", {}),
    "delete_object": lambda env: objects.delete_object(env, STATE, "x"),
    "delete_for_good": lambda env: object_versions.delete_for_good(env, f"gs://{STATE}/x"),
    "upload_file": lambda env: objects.upload_file(env, STATE, "x", TINY / "app.py"),
    "ObjectStream": lambda env: list(ObjectStream(env, THERE)),
    "begin_upload": lambda env: begin_upload(env, THERE, STATE),
    "ObjectUpload.send": lambda env: ObjectUpload(env, THERE, STATE, session_of(env)).send(b"{}", 0),
    "ObjectUpload.cancel": lambda env: ObjectUpload(env, THERE, STATE, session_of(env)).cancel(),
    "submit_build": lambda env: cloud_build.submit_build(
        env, bucket=STATE, source="s", generation=1, docker=True
    ),
    "read_build": lambda env: cloud_build.read_build(
        env, f"projects/{env.project}/locations/{env.region}/builds/b"
    ),
    "read_build_log": lambda env: cloud_build.read_build_log(env, BUILD),
    "schema_revision": postgres.schema_revision,
    "Slack": Slack,
}
CALLS = READING | CHANGING
OVER: dict[str, dict[str, str]] = {
    "database": {"instance": "db", "name": "app", "credentials": "app-database-url"},
    "slack": {"channel": "#x", "token": "slack-bot-token"},
}


@pytest.fixture(scope="module")
def everything(cloud: Endpoints, image: str, instance: str) -> Environment:
    """An environment in which there is all that is read."""
    env = environment(cloud, "app", over={**OVER, "database": {**OVER["database"], "instance": instance}})
    cloud_run.create_service(env, revision="app-one", image=image, secrets={}, annotations={})
    CHANGING["create_job"](env)
    leases.write_lease(env, LEASE, 0)
    objects.write_json(env, STATE, "x", {})
    return env


def ended(env: Environment, call: Call, span: timedelta) -> ClientError | None:
    with patience(span):
        try:
            call(env)
        except ClientError as error:
            return error
    return None


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nobody_there_is_unavailable_and_says_where(cloud: Endpoints, dead: str, call: Call) -> None:
    env = environment(cloud, "app", over={**OVER, "endpoints": {"google": dead}})
    error = ended(env, call, timedelta(milliseconds=300))
    assert isinstance(error, Unavailable)
    assert "no answer from 127.0.0.1:" in error.what
    assert error.what.endswith("([Errno 111] Connection refused)")
    assert error.hint


def test_no_call_waits_for_ever(cloud: Endpoints, silent: str) -> None:
    env = environment(cloud, "app", over={**OVER, "endpoints": {"google": silent}})
    with ThreadPoolExecutor(len(CALLS)) as pool:
        asked = {
            name: pool.submit(ended, env, call, timedelta(milliseconds=900)) for name, call in CALLS.items()
        }
    for name, error in ((name, future.result()) for name, future in asked.items()):
        assert isinstance(error, Unavailable), name
        assert "Read timed out" in error.what, name


def test_a_name_that_nobody_knows_is_unavailable(cloud: Endpoints) -> None:
    env = environment(cloud, "app", over={**OVER, "endpoints": {"google": "http://nowhere.invalid"}})
    for name, call in READING.items():
        error = ended(env, call, timedelta(milliseconds=300))
        assert isinstance(error, Unavailable), name
        assert "nowhere.invalid" in error.what, name


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_is_not_allowed_is_said_once_in_googles_words(
    cloud: Endpoints, foundation: None, faults: Faults, call: Call
) -> None:
    env = environment(cloud, "app", over=OVER)
    text = "Permission 'x.y.z' denied on resource."
    faults.add("refuse", ".*", times=1000, status=403, message=text)
    error = ended(env, call, timedelta(seconds=5))
    assert isinstance(error, Denied)
    assert error.what.endswith(": Permission 'x.y.z' denied on resource")
    assert "http" not in error.what, "no address where a sentence will do"
    assert "roles" in error.hint
    assert faults.met == 1


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"action": "refuse", "status": 503}, id="unavailable"),
        pytest.param({"action": "refuse", "status": 429}, id="too many requests"),
        pytest.param({"action": "refuse", "status": 500}, id="an error inside"),
        pytest.param({"action": "drop"}, id="lost"),
    ],
)
@pytest.mark.parametrize("call", READING.values(), ids=READING)
def test_trouble_that_passes_is_not_noticed(
    everything: Environment, faults: Faults, call: Call, trouble: dict[str, Any]
) -> None:
    faults.add(**trouble, path=".*", times=2)
    with patience(timedelta(seconds=10)):
        call(everything)
    assert faults.met == 2


@pytest.mark.parametrize("call", READING.values(), ids=READING)
def test_trouble_that_does_not_pass_ends_the_call(
    cloud: Endpoints, foundation: None, faults: Faults, call: Call
) -> None:
    env = environment(cloud, "app", over=OVER)
    faults.add("refuse", ".*", times=1000, status=503, message="Come back later.")
    error = ended(env, call, timedelta(seconds=1.2))
    assert isinstance(error, Unavailable)
    assert "Come back later" in error.what
    assert 1 < faults.met < 100


def test_without_credentials_it_is_said_how_to_get_some(
    cloud: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/key.json")
    env = environment(cloud, "app", over={**OVER, "endpoints": {"google": "", "slack": ""}})
    for name, call in READING.items():
        error = ended(env, call, timedelta(seconds=1))
        assert isinstance(error, Denied), name
        assert "/no/such/key.json" in error.what
        assert "gcloud auth application-default login" in error.hint
