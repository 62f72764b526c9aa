"""Secret Manager and Cloud Logging as the gcloud CLI meets them; storage and sql have files of their own."""

from pathlib import Path

import pytest

from tests.processes import wait_until
from tests.sandbox.gcloud import NEEDED, Gcloud
from tests.sandbox.run_client import fresh, short

pytestmark = NEEDED


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    file = tmp_path / "payload"
    file.write_bytes(b"first")
    return file


def test_a_secret_from_its_first_version_to_its_end(gcloud: Gcloud, payload: Path) -> None:
    name = fresh("token")
    create = ("secrets", "create", name, "--replication-policy=automatic", "--data-file", payload)
    gcloud(*create)
    assert "already exists" in gcloud.refused(*create)
    payload.write_bytes(b"second")
    gcloud("secrets", "versions", "add", name, "--data-file", payload)
    listed = gcloud.json("secrets", "versions", "list", name)
    assert [(short(one["name"]), one["state"]) for one in listed] == [("2", "ENABLED"), ("1", "ENABLED")]
    assert gcloud("secrets", "versions", "access", "latest", "--secret", name) == "second"
    gcloud("secrets", "versions", "disable", "2", "--secret", name)
    assert "is in DISABLED state." in gcloud.refused(
        "secrets", "versions", "access", "latest", "--secret", name
    )
    assert gcloud("secrets", "versions", "access", "1", "--secret", name) == "first"
    gcloud("secrets", "versions", "destroy", "1", "--secret", name)
    assert gcloud.json("secrets", "versions", "describe", "1", "--secret", name)["state"] == "DESTROYED"
    gcloud("secrets", "update", name, "--update-labels=team=blue")
    assert gcloud.json("secrets", "describe", name)["labels"] == {"team": "blue"}
    assert name in [short(one["name"]) for one in gcloud.json("secrets", "list")]
    gcloud("secrets", "delete", name)
    assert "not found" in gcloud.refused("secrets", "describe", name)


def test_what_is_written_to_a_log_is_read_from_it(gcloud: Gcloud) -> None:
    log = fresh("log")
    gcloud("logging", "write", log, "hello", "--severity=WARNING")
    gcloud("logging", "write", log, '{"orders": 3}', "--payload-type=json")

    def read(*also: str) -> list[str]:
        found = gcloud.json("logging", "read", f'logName:"{log}"', "--order=asc", *also)
        return [one.get("textPayload", one.get("jsonPayload")) for one in found]

    assert wait_until(lambda: read()[1:] and read(), what="two entries") == ["hello", {"orders": 3}]
    assert read("--limit=1") == ["hello"]
    assert gcloud.json("logging", "read", f'logName:"{log}" severity>=WARNING')[0]["severity"] == "WARNING"
