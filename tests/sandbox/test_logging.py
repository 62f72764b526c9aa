"""Cloud Logging as a client meets it: the filter language, order, pages, ingestion lag."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.kernel.errors import RpcError
from sandbox.logging.entries import Entries
from sandbox.logging.filter import parse
from tests.conftest import Endpoints
from tests.processes import wait_until

WRITERS, ROUNDS = 6, 50
ENTRY = {
    "logName": "projects/p/logs/run.googleapis.com%2Frequests",
    "timestamp": "2026-11-22T10:00:05.000000Z",
    "receiveTimestamp": "2026-11-22T10:00:06.000000Z",
    "severity": "ERROR",
    "httpRequest": {"status": 503, "requestUrl": "https://a.example/x", "latency": "0.25s"},
    "resource": {"type": "cloud_run_revision", "labels": {"service_name": "ali-api", "revision_name": "r-1"}},
    "labels": {"run.googleapis.com/execution_name": "job-abc"},
}


@pytest.mark.parametrize(
    ("text", "admitted"),
    [
        pytest.param("", True, id="nothing asked admits all"),
        pytest.param('resource.type="cloud_run_revision"', True, id="equal"),
        pytest.param('resource.type!="cloud_run_revision"', False, id="not equal"),
        pytest.param("httpRequest.status>=500", True, id="a number"),
        pytest.param("httpRequest.status<500", False, id="a smaller number"),
        pytest.param("httpRequest.latency>0.2s", True, id="a duration"),
        pytest.param("severity>=WARNING", True, id="severities have an order"),
        pytest.param("severity>ERROR", False, id="and it is strict"),
        pytest.param('timestamp>="2026-11-22T10:00:05Z"', True, id="an instant"),
        pytest.param('timestamp>"2026-11-22T11:00:05+01:00"', False, id="an instant in another zone"),
        pytest.param('labels."run.googleapis.com/execution_name"="job-abc"', True, id="a quoted field"),
        pytest.param('httpRequest.requestUrl:"A.EXAMPLE"', True, id="has, whatever the case"),
        pytest.param("labels.missing:*", False, id="a field that is not there"),
        pytest.param('httpRequest.requestUrl=~"^https://[ab]\\."', True, id="a pattern"),
        pytest.param('severity=INFO OR httpRequest.status=503', True, id="or"),
        pytest.param('severity=INFO OR severity=ERROR severity=DEBUG', False, id="or binds before and"),
        pytest.param('NOT severity=INFO AND -(httpRequest.status=200)', True, id="not, in both spellings"),
        pytest.param('resource.labels.revision_name=("r-1")', None, id="lists of values are not spoken"),
        pytest.param("broken", None, id="bare words are not spoken"),
        pytest.param('timestamp>="yesterday"', None, id="an instant that is none"),
        pytest.param('(severity=ERROR', None, id="an open parenthesis"),
    ],
)  # fmt: skip
def test_filter(text: str, admitted: bool | None) -> None:
    if admitted is None:
        with pytest.raises(RpcError, match="Unparseable filter"):
            parse(text)
    else:
        assert parse(text).admits(ENTRY) is admitted


def test_an_instant_inside_or_bounds_nothing() -> None:
    wanted = parse('timestamp>="2026-11-22T10:00:00Z" (timestamp>="2027-01-01T00:00:00Z" OR severity=ERROR)')
    assert wanted.since == "2026-11-22T10:00:00.000000Z"
    assert wanted.admits(ENTRY)


@pytest.fixture
def ask(cloud: Endpoints, http: httpx.Client) -> Callable[..., dict[str, Any]]:
    def ask(**body: Any) -> dict[str, Any]:
        answer = http.post("/v2/entries:list", json={"resourceNames": [f"projects/{cloud.project}"], **body})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    return ask


def test_entries_come_in_order_and_in_pages(
    cloud: Endpoints, http: httpx.Client, ask: Callable[..., dict[str, Any]]
) -> None:
    log = f"projects/{cloud.project}/logs/pages"
    entries = [{"textPayload": str(n), "timestamp": f"2026-01-01T00:00:0{9 - n}Z"} for n in range(5)]
    body = {"logName": log, "resource": {"type": "global"}, "entries": entries}
    http.post("/v2/entries:write", json=body).raise_for_status()
    assert "entries" not in ask(filter=f'logName="{log}"'), "an entry can be read only after the lag"
    wait_until(lambda: len(ask(filter=f'logName="{log}"').get("entries", [])) == 5)
    first = ask(filter=f'logName="{log}"', pageSize=3)
    rest = ask(filter=f'logName="{log}"', pageSize=3, pageToken=first["nextPageToken"])
    assert [entry["textPayload"] for entry in first["entries"] + rest["entries"]] == list("43210")
    assert "nextPageToken" not in rest
    newest = ask(filter=f'logName="{log}"', orderBy="timestamp desc", pageSize=1)
    assert newest["entries"][0]["textPayload"] == "0"


@pytest.mark.lies
def test_what_is_not_of_the_api_is_refused(http: httpx.Client) -> None:
    answer = http.post("/v2/entries:list", json={"resourceNames": ["projects/p"], "limit": 3})
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert "limit: no such field" in answer.json()["error"]["message"]


def test_what_is_not_emulated_says_so(http: httpx.Client) -> None:
    answer = http.get("/v2/projects/p/sinks")
    assert answer.status_code == 501
    assert answer.json()["error"]["status"] == "UNIMPLEMENTED"


def test_what_several_threads_and_processes_write_at_once_is_all_there(tmp_path: Path) -> None:
    """The router writes from its own process, and in this one builds, jobs and instances from threads."""
    logs = [Entries(tmp_path / "logs.sqlite", lag=0) for _ in range(2)]

    def write(writer: int) -> None:
        for number in range(ROUNDS):
            entry = {"logName": "projects/p/logs/x", "textPayload": f"{writer} {number}"}
            logs[writer % 2].write([entry, dict(entry)])

    with ThreadPoolExecutor(WRITERS) as pool:
        for written in [pool.submit(write, writer) for writer in range(WRITERS)]:
            written.result()
    assert len(list(logs[0].read("", "9999", newest_first=False))) == 2 * WRITERS * ROUNDS
    for log in logs:
        log.close()


def test_a_reader_in_the_middle_of_the_log_refuses_no_writer(tmp_path: Path) -> None:
    """Not even where another process has written since the reading began."""
    log, elsewhere = (Entries(tmp_path / "logs.sqlite", lag=0) for _ in range(2))
    log.write({"logName": "projects/p/logs/x", "textPayload": str(number)} for number in range(3))
    reading = log.read("", "9999", newest_first=False)
    assert next(reading)["textPayload"] == "0"
    elsewhere.write([{"logName": "projects/p/logs/x"}])
    log.write([{"logName": "projects/p/logs/x"}])
    assert [entry["textPayload"] for entry in reading] == ["1", "2"]
    assert len(list(log.read("", "9999", newest_first=False))) == 5
    log.close()
    elsewhere.close()
