"""Reading the logs: every entry that is asked for, whatever comes in between."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.environment import Environment
from clients.logs import read_job_output, read_requests
from domain.requests import Request
from tests.contract.conftest import Faults
from tests.processes import wait_until

BEGAN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
Write = Callable[..., None]


@pytest.fixture
def write(env: Environment, http: httpx.Client) -> Write:
    """Write entries to the request log, of which each gives its own; wait until they can be read."""

    def write(*entries: dict[str, Any], service: str = "") -> None:
        labels = {
            "project_id": env.project,
            "service_name": service or env.service.name,
            "revision_name": "app-one",
            "configuration_name": env.service.name,
            "location": env.region,
        }
        body = {
            "logName": f"projects/{env.project}/logs/run.googleapis.com%2Frequests",
            "resource": {"type": "cloud_run_revision", "labels": labels},
            "entries": entries,
        }
        http.post("/v2/entries:write", json=body).raise_for_status()
        last = entries[-1]["insertId"]
        query = {"resourceNames": [f"projects/{env.project}"], "filter": f'insertId="{last}"'}
        wait_until(lambda: http.post("/v2/entries:list", json=query).json().get("entries"))

    return write


def entry(name: str, seconds: float = 0, **fields: Any) -> dict[str, Any]:
    http = {"status": 200, "requestUrl": "http://a/x", "remoteIp": "10.0.0.1", "userAgent": "tests"}
    at = (BEGAN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    return {"insertId": name, "timestamp": at, "httpRequest": http, **fields}


def ids(requests: list[Request]) -> list[str]:
    return [request.id for request in requests]


def test_an_entry_is_read_as_a_request(env: Environment, write: Write) -> None:
    write(entry(f"{env.name}-1", 0.123456, severity="INFO"))
    found, newest = read_requests(env, since=BEGAN)
    assert found == [
        Request(
            id=f"{env.name}-1",
            at=BEGAN + timedelta(seconds=0.123456),
            revision="app-one",
            status=200,
            url="http://a/x",
            remote_ip="10.0.0.1",
            user_agent="tests",
        )
    ]
    assert newest
    assert newest.utcoffset() == timedelta(0)


def test_an_entry_that_says_little_is_a_request_all_the_same(
    env: Environment, write: Write, http: httpx.Client
) -> None:
    """A request that the platform refused has no revision; one that was aborted may have no status."""
    resource = {"type": "cloud_run_revision", "labels": {"service_name": env.service.name}}
    write(entry(f"{env.name}-1", httpRequest={}, resource=resource))
    assert read_requests(env, since=BEGAN)[0] == [Request(f"{env.name}-1", BEGAN, "", 0, "", "", "")]


def test_nothing_is_an_answer(env: Environment) -> None:
    assert read_requests(env, since=BEGAN) == ([], None)


def test_an_instant_finer_than_ours_is_cut(env: Environment, write: Write) -> None:
    write(entry(f"{env.name}-1", timestamp="2026-11-22T10:00:00.123456789Z"))
    assert read_requests(env, since=BEGAN)[0][0].at.microsecond == 123456


def test_all_of_them_are_read_however_many_pages_they_fill(env: Environment, write: Write) -> None:
    """A page has a thousand at most."""
    names = [f"{env.name}-{number:04d}" for number in range(2300)]
    write(*(entry(name, number / 100) for number, name in enumerate(names)))
    assert ids(read_requests(env, since=BEGAN)[0]) == names


def test_a_page_that_fails_spoils_nothing(env: Environment, write: Write, faults: Faults) -> None:
    names = [f"{env.name}-{number:04d}" for number in range(1100)]
    write(*(entry(name, number / 100) for number, name in enumerate(names)))
    faults.add("refuse", "entries:list", skip=1, status=503)
    assert ids(read_requests(env, since=BEGAN)[0]) == names
    assert faults.met == 1


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        pytest.param({"since": 0}, "abcd", id="since"),
        pytest.param({"since": 1}, "bcd", id="since, to the instant"),
        pytest.param({"since": 0, "until": 2}, "abc", id="until, to the instant"),
        pytest.param({"since": 3.5}, "", id="later than all"),
    ],
)
def test_what_began_in_that_time_is_read(
    env: Environment, write: Write, asked: dict[str, float], wanted: str
) -> None:
    write(*(entry(f"{env.name}-{name}", number) for number, name in enumerate("abcd")))
    instants: dict[str, Any] = {name: BEGAN + timedelta(seconds=seconds) for name, seconds in asked.items()}
    found, _ = read_requests(env, **instants)
    assert ids(found) == [f"{env.name}-{name}" for name in wanted]


def test_who_reads_again_overlaps_and_gets_what_came_late(env: Environment, write: Write) -> None:
    """An entry is stamped with its request's start: a long one comes after those that began later."""
    write(entry(f"{env.name}-early", 1), entry(f"{env.name}-later", 9))
    first, newest = read_requests(env, since=BEGAN)
    assert newest
    write(entry(f"{env.name}-long", 0))
    again, newest_now = read_requests(env, since=BEGAN, received_after=newest)
    assert ids(again) == [f"{env.name}-long", *ids(first)]
    assert newest_now
    assert newest_now > newest
    just_new, _ = read_requests(env, since=BEGAN, received_after=newest_now)
    assert ids(just_new) == [f"{env.name}-long"]


def test_neither_another_service_nor_another_revision_is_read(env: Environment, write: Write) -> None:
    write(entry(f"{env.name}-theirs"), service=f"{env.service.name}-b")
    write(entry(f"{env.name}-ours"))
    assert ids(read_requests(env, since=BEGAN, revision="app-one")[0]) == [f"{env.name}-ours"]
    assert read_requests(env, since=BEGAN, revision="app-two") == ([], None)


def test_real_requests_are_found_with_their_revision_and_their_address(
    env: Environment, service: str
) -> None:
    from clients.cloud_run import read_service  # noqa: PLC0415

    found = read_service(env)
    assert found
    began = datetime.now(UTC) - timedelta(seconds=5)
    for path in ("/health", "/status/503"):
        httpx.get(found.uri + path, headers={"User-Agent": "a person"})
    wait_until(lambda: len(read_requests(env, since=began)[0]) == 2)
    requests, _ = read_requests(env, since=began)
    assert [(one.revision, one.status, one.failed) for one in requests] == [
        (service, 200, False),
        (service, 503, True),
    ]
    assert {one.user_agent for one in requests} == {"a person"}
    assert requests[0].url.startswith(found.uri)


def test_a_job_s_lines_are_its_own(env: Environment, http: httpx.Client) -> None:
    def write(execution: str, *lines: str) -> None:
        labels = {"job_name": f"{env.name}-job", "location": env.region, "project_id": env.project}
        body = {
            "logName": f"projects/{env.project}/logs/run.googleapis.com%2Fstdout",
            "resource": {"type": "cloud_run_job", "labels": labels},
            "labels": {"run.googleapis.com/execution_name": execution},
            "entries": [{"textPayload": line} for line in lines],
        }
        http.post("/v2/entries:write", json=body).raise_for_status()

    began = datetime.now(UTC) - timedelta(seconds=5)
    write(f"{env.name}-a", "one", "two")
    write(f"{env.name}-b", "three")
    job = f"{env.name}-job"
    wait_until(lambda: read_job_output(env, job, f"{env.name}-b", began))
    assert sorted(read_job_output(env, job, f"{env.name}-a", began)) == ["one", "two"]
    assert read_job_output(env, job, f"{env.name}-c", began) == []
