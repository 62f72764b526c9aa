"""Secret Manager as its callers meet it, over REST with Google's own client."""

import base64
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import google_crc32c
import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import secretmanager
from google.protobuf import field_mask_pb2

from sandbox.kernel.errors import RpcError
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.settings import Settings
from sandbox.secrets.secrets import Secrets
from tests.conftest import Endpoints

State = secretmanager.SecretVersion.State
NUMBER = "402170518363"
PROJECT = "/v1/projects/sandbox-project"


@pytest.fixture(scope="module")
def manager(cloud: Endpoints) -> Iterator[secretmanager.SecretManagerServiceClient]:
    kind = secretmanager.SecretManagerServiceClient
    transport = kind.get_transport_class("rest")(
        host=cloud.google.removeprefix("http://"),
        url_scheme="http",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]  # google-auth's own
    )
    with kind(transport=transport) as client:
        yield client


@pytest.fixture
def secret(manager: secretmanager.SecretManagerServiceClient) -> str:
    """The name of a new secret without versions."""
    created = manager.create_secret(
        request={
            "parent": "projects/sandbox-project",
            "secret_id": f"s-{uuid.uuid4().hex[:8]}",
            "secret": {"replication": {"automatic": {}}, "labels": {"team": "blue"}},
        }
    )
    return created.name


@pytest.fixture
def add(manager: secretmanager.SecretManagerServiceClient, secret: str) -> Callable[[bytes], str]:
    def add(data: bytes) -> str:
        payload = {"data": data, "data_crc32c": google_crc32c.value(data)}
        return manager.add_secret_version(request={"parent": secret, "payload": payload}).name

    return add


def test_names_carry_the_number_of_the_project(
    manager: secretmanager.SecretManagerServiceClient, secret: str, add: Callable[[bytes], str]
) -> None:
    name = secret.rpartition("/")[2]
    assert secret == f"projects/{NUMBER}/secrets/{name}"
    assert add(b"one") == f"{secret}/versions/1"
    for project in ("sandbox-project", NUMBER):
        found = manager.access_secret_version(name=f"projects/{project}/secrets/{name}/versions/latest")
        assert found.name == f"{secret}/versions/1"
        assert found.payload.data == b"one"
        assert found.payload.data_crc32c == google_crc32c.value(b"one")


def test_versions_are_numbered_and_listed_newest_first(
    manager: secretmanager.SecretManagerServiceClient, secret: str, add: Callable[[bytes], str]
) -> None:
    names = [add(str(number).encode()) for number in range(11)]
    assert [version.name for version in manager.list_secret_versions(parent=secret)] == names[::-1]
    assert manager.access_secret_version(name=f"{secret}/versions/2").payload.data == b"1"
    assert manager.get_secret_version(name=f"{secret}/versions/latest").name == names[-1]
    manager.disable_secret_version(name=names[3])
    listed = manager.list_secret_versions(
        request={"parent": secret, "filter": "state:ENABLED", "page_size": 4}
    )
    assert [version.name for version in listed] == [name for name in names[::-1] if name != names[3]]


def test_latest_is_the_highest_number_whatever_its_state(
    manager: secretmanager.SecretManagerServiceClient, secret: str, add: Callable[[bytes], str]
) -> None:
    add(b"old")
    newest = add(b"new")
    assert manager.disable_secret_version(name=newest).state == State.DISABLED
    with pytest.raises(exceptions.BadRequest, match=f"Secret Version .{newest}. is in DISABLED state."):
        manager.access_secret_version(name=f"{secret}/versions/latest")
    assert manager.enable_secret_version(name=newest).state == State.ENABLED
    assert manager.access_secret_version(name=f"{secret}/versions/latest").payload.data == b"new"


def test_what_is_destroyed_is_gone_and_its_number_too(
    manager: secretmanager.SecretManagerServiceClient,
    secret: str,
    add: Callable[[bytes], str],
    cloud: Endpoints,
) -> None:
    data = uuid.uuid4().hex.encode()
    name = add(data)
    destroyed = manager.destroy_secret_version(name=name)
    assert destroyed.state == State.DESTROYED
    assert destroyed.destroy_time
    for call in (manager.access_secret_version, manager.enable_secret_version):
        with pytest.raises(exceptions.BadRequest, match="is in DESTROYED state"):
            call(name=name)
    assert add(b"next").endswith("/versions/2")
    with sqlite3.connect(cloud.home / "state.sqlite") as state:
        kept = str(state.execute("SELECT body FROM documents WHERE kind = 'secret_version'").fetchall())
    state.close()
    assert base64.b64encode(data).decode() not in kept


def test_a_deleted_secret_takes_its_versions_along(
    manager: secretmanager.SecretManagerServiceClient, secret: str, add: Callable[[bytes], str]
) -> None:
    name = add(b"one")
    assert secret in [found.name for found in manager.list_secrets(parent="projects/sandbox-project")]
    manager.delete_secret(name=secret)
    for call, wanted in ((manager.get_secret, secret), (manager.access_secret_version, name)):
        with pytest.raises(exceptions.NotFound):
            call(name=wanted)
    manager.create_secret(
        request={
            "parent": "projects/sandbox-project",
            "secret_id": secret.rpartition("/")[2],
            "secret": {"replication": {"automatic": {}}},
        }
    )
    assert not list(manager.list_secret_versions(parent=secret))


def test_labels_change_and_nothing_else(
    manager: secretmanager.SecretManagerServiceClient, secret: str
) -> None:
    before = manager.get_secret(name=secret)
    body = {"name": secret, "labels": {"team": "red"}}
    mask = field_mask_pb2.FieldMask(paths=["labels"])
    after = manager.update_secret(request={"secret": body, "update_mask": mask})
    assert dict(after.labels) == {"team": "red"}
    assert (after.create_time, after.replication) == (before.create_time, before.replication)
    with pytest.raises(exceptions.BadRequest):
        manager.update_secret(request={"secret": {**body, "etag": before.etag}, "update_mask": mask})


def test_enums_may_be_asked_for_as_numbers(http: httpx.Client, secret: str) -> None:
    add = http.post(
        f"/v1/{secret}:addVersion?$alt=json;enum-encoding=int", json={"payload": {"data": "YQ=="}}
    )
    assert add.json()["state"] == "ENABLED"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        pytest.param(
            "GET",
            "/secrets/none",
            None,
            "NOT_FOUND",
            f"Secret [projects/{NUMBER}/secrets/none] not found.",
            id="a secret that is not there",
        ),
        pytest.param(
            "GET",
            "/secrets/none/versions/latest:access",
            None,
            "NOT_FOUND",
            f"Secret [projects/{NUMBER}/secrets/none] not found or has no versions.",
            id="access to a secret that is not there",
        ),
        pytest.param(
            "GET",
            "/secrets/bare/versions/latest:access",
            None,
            "NOT_FOUND",
            f"Secret [projects/{NUMBER}/secrets/bare] not found or has no versions.",
            id="access to a secret without versions",
        ),
        pytest.param(
            "GET",
            "/secrets/bare/versions/7",
            None,
            "NOT_FOUND",
            f"Secret Version [projects/{NUMBER}/secrets/bare/versions/7] not found.",
            id="a version that is not there",
        ),
        pytest.param(
            "POST",
            "/secrets?secretId=bare",
            {"replication": {"automatic": {}}},
            "ALREADY_EXISTS",
            f"Secret [projects/{NUMBER}/secrets/bare] already exists.",
            id="a name that is taken",
        ),
        pytest.param(
            "POST",
            "/secrets?secretId=a.b",
            {"replication": {"automatic": {}}},
            "INVALID_ARGUMENT",
            "The provided Secret ID [a.b] does not match the expected format [[a-zA-Z_0-9]+]",
            id="a name that is none",
        ),
        pytest.param(
            "POST",
            "/secrets/bare:addVersion",
            {"payload": {"data": ""}},
            "INVALID_ARGUMENT",
            "Secret Payload cannot be empty.",
            id="nothing to keep",
        ),
        pytest.param(
            "POST",
            "/secrets/bare:addVersion",
            {"payload": {"data": "YQ==", "dataCrc32c": "1"}},
            "INVALID_ARGUMENT",
            "payload.data does not match payload.data_crc32c.",
            id="a payload that was changed on its way",
        ),
        pytest.param(
            "POST",
            "/secrets/bare:rotateSecret",
            {},
            "UNIMPLEMENTED",
            "secretmanager.projects.secrets.rotateSecret is not emulated by the sandbox; "
            "see sandbox/README.md.",
            id="what is not emulated",
        ),
    ],
)
def test_refusals(http: httpx.Client, method: str, path: str, body: Any, status: str, text: str) -> None:
    http.post(f"{PROJECT}/secrets?secretId=bare", json={"replication": {"automatic": {}}})
    error = http.request(method, PROJECT + path, json=body).json()["error"]
    assert (error["status"], error["message"]) == (status, text)


def test_a_project_of_somebody_else(http: httpx.Client) -> None:
    answer = http.get("/v1/projects/somebody-elses/secrets/bare")
    assert answer.status_code == 403
    assert answer.json()["error"]["status"] == "PERMISSION_DENIED"


def test_what_other_systems_are_given(tmp_path: Path) -> None:
    kernel = Kernel.open(Settings(home=tmp_path))
    secrets = Secrets(kernel)
    secrets.create("db", {"replication": {"automatic": {}}})
    secrets.add_version("db", {"data": "czNjcjN0"})
    assert secrets.access("db", "latest") == secrets.access("projects/p/secrets/db", "1") == b"s3cr3t"
    with pytest.raises(RpcError, match="not found or has no versions"):
        secrets.access("other", "latest")
    assert (tmp_path / "state.sqlite").stat().st_mode & 0o777 == 0o600
    kernel.state.close()
