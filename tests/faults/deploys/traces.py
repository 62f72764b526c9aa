"""What a run left behind in the cloud's own logs and in the vault: gathered, not judged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.record import ReleaseRecord, record_from_json
from domain.requests import OUR_AGENT
from tests.faults.place import Place

PAGE = 1000


@dataclass(frozen=True)
class Change:
    """One change of the service that Cloud Run accepted, as its audit log has it."""

    at: datetime
    shares: Mapping[str, int]  # asked for, by short revision names
    tags: Mapping[str, str]
    nonce: str  # of the lease by which it was made; empty where it was not Muster's
    deploy: str
    made: str  # the revision that it makes, if it makes one


@dataclass(frozen=True)
class Ask:
    """One request that Cloud Run routed."""

    at: datetime
    revision: str
    status: int
    ours: bool  # a smoke check
    tagged: bool  # it came in by a tag's own address


def changes(place: Place) -> list[Change]:
    """Every change of the service's split, in the order in which they were accepted."""
    found = []
    for entry in _entries(place, f'logName:"cloudaudit" resource.labels.service_name="{place.name}"'):
        service = entry["protoPayload"]["request"].get("service")
        if service is None:
            continue
        shares: dict[str, int] = {}
        for target in service.get("traffic", []):
            shares[target["revision"]] = shares.get(target["revision"], 0) + int(target.get("percent", 0))
        marks = service.get("annotations", {})
        found.append(
            Change(
                at=datetime.fromisoformat(entry["timestamp"]),
                shares={name: percent for name, percent in shares.items() if percent},
                tags={one["tag"]: one["revision"] for one in service.get("traffic", []) if one.get("tag")},
                nonce=marks.get("muster/lease", ""),
                deploy=marks.get("muster/deploy", ""),
                made=service.get("template", {}).get("revision", ""),
            )
        )
    return found


def asks(place: Place, uri: str) -> list[Ask]:
    """Every request to the service, by its own address or a tag's."""
    wanted = f'logName:"requests" resource.labels.service_name="{place.name}"'
    return [
        Ask(
            at=datetime.fromisoformat(entry["timestamp"]),
            revision=entry["resource"]["labels"]["revision_name"],
            status=int(entry["httpRequest"]["status"]),
            ours=entry["httpRequest"]["userAgent"].startswith(OUR_AGENT),
            tagged=not (entry["httpRequest"]["requestUrl"] + "/").startswith(uri.rstrip("/") + "/"),
        )
        for entry in _entries(place, wanted)
    ]


def job_output(place: Place) -> str:
    """What the migrations' jobs printed."""
    wanted = f'resource.type="cloud_run_job" resource.labels.job_name:"{place.name}"'
    return "\n".join(str(entry.get("textPayload", "")) for entry in _entries(place, wanted))


def records(place: Place) -> list[ReleaseRecord]:
    """The records of the environment, oldest first."""
    found = place.objects(place.env.vault)
    return [record_from_json(json.loads(found[name])) for name in sorted(found)]


def _entries(place: Place, wanted: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    token = ""
    while True:
        body = {
            "resourceNames": [f"projects/{place.env.project}"],
            "filter": f'{wanted} timestamp>="{place.since}"',
            "orderBy": "timestamp asc",
            "pageSize": PAGE,
            **({"pageToken": token} if token else {}),
        }
        answer = place.ground.http.post("/v2/entries:list", json=body).raise_for_status().json()
        found += answer.get("entries", [])
        token = answer.get("nextPageToken", "")
        if not token:
            return found
