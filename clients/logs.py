"""Cloud Logging: users' requests, and what jobs print."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from clients.environment import Environment
from clients.errors import told
from clients.google import discovered
from clients.patience import patient
from domain.requests import Request

PAGE = 1000  # the most that entries:list gives


@patient
def read_requests(
    env: Environment,
    *,
    since: datetime,
    until: datetime | None = None,
    received_after: datetime | None = None,
    revision: str = "",
) -> tuple[list[Request], datetime | None]:
    """The requests that began between `since` and `until`, and when the log received the newest of them.

    An entry is stamped with its request's start and arrives after its end, in any order: who reads again
    says `received_after`, overlaps, and tells entries apart by their ids.
    """
    parts = [
        f'logName="projects/{env.project}/logs/run.googleapis.com%2Frequests"',
        'resource.type="cloud_run_revision"',
        f'resource.labels.service_name="{env.service.name}"',
        f'timestamp>="{_stamp(since)}"',
    ]
    if until:
        parts.append(f'timestamp<="{_stamp(until)}"')
    if received_after:
        parts.append(f'receiveTimestamp>="{_stamp(received_after)}"')
    if revision:
        parts.append(f'resource.labels.revision_name="{revision}"')
    found, newest = [], None
    for entry in _entries(env, " ".join(parts)):
        found.append(_request(entry))
        received = _instant(entry["receiveTimestamp"])
        newest = received if newest is None or received > newest else newest
    return found, newest


@patient
def read_job_output(env: Environment, job: str, execution: str, since: datetime) -> list[str]:
    """The lines that a job's run printed, in no certain order, as far as the log has them by now.

    `since` is when the run was created: without a bound the whole log would be searched.
    """
    wanted = (
        f'logName="projects/{env.project}/logs/run.googleapis.com%2Fstdout" '
        f'resource.type="cloud_run_job" resource.labels.job_name="{job}" '
        f'labels."run.googleapis.com/execution_name"="{execution}" timestamp>="{_stamp(since)}"'
    )
    return [entry.get("textPayload", "") for entry in _entries(env, wanted)]


@patient
def read_job_log(env: Environment, job: str, execution: str, since: datetime) -> list[str]:
    """What a job's run said, printed or as errors, in the order of its time, as far as the log has it by now.

    `since` is when the run was created: without a bound the whole log would be searched.
    """
    logs = " OR ".join(
        f'logName="projects/{env.project}/logs/run.googleapis.com%2F{stream}"'
        for stream in ("stdout", "stderr")
    )
    wanted = (
        f'({logs}) resource.type="cloud_run_job" resource.labels.job_name="{job}" '
        f'labels."run.googleapis.com/execution_name"="{execution}" timestamp>="{_stamp(since)}"'
    )
    return [entry.get("textPayload", "") for entry in _entries(env, wanted)]


def _entries(env: Environment, wanted: str) -> Iterator[dict[str, Any]]:
    token = None
    while True:
        body: dict[str, Any] = {
            "resourceNames": [f"projects/{env.project}"],
            "filter": wanted,
            "orderBy": "timestamp asc",
            "pageSize": PAGE,
        }
        if token:
            body["pageToken"] = token
        with told(f"{env.service.name}: reading its log"):
            client = discovered("logging", "v2", env)
            answer = client.entries().list(body=body).execute()
        yield from answer.get("entries", [])
        token = answer.get("nextPageToken")
        if not token:
            return


def _request(entry: dict[str, Any]) -> Request:
    http = entry.get("httpRequest", {})
    return Request(
        id=entry["insertId"],
        at=_instant(entry["timestamp"]),
        revision=entry["resource"]["labels"].get("revision_name", ""),
        status=int(http.get("status", 0)),
        url=http.get("requestUrl", ""),
        remote_ip=http.get("remoteIp", ""),
        user_agent=http.get("userAgent", ""),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
