"""What the demo asks the sandbox, as anybody could: the split as it is, and the records in the vault."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Split:
    """The canary's share; none without a canary."""

    canary_percent: int


class Cloud:
    """The sandbox's APIs."""

    def __init__(self, endpoints: dict[str, str]) -> None:
        self._http = httpx.Client(base_url=endpoints["google"], timeout=30)
        self._service = (
            f"/v2/projects/{endpoints['project']}/locations/{endpoints['region']}/services/ali-api"
        )

    def split(self) -> Split:
        service = self._http.get(self._service).json()
        shares = [
            target.get("percent", 0)
            for target in service.get("trafficStatuses", [])
            if target.get("tag") == "canary"
        ]
        return Split(shares[0] if shares else 0)

    def records(self) -> dict[str, Any]:
        """The newest record of each release."""
        listed = self._http.get("/storage/v1/b/muster-vault/o", params={"prefix": "releases/sandbox/"}).json()
        found = {}
        for item in listed.get("items", []):
            content = self._http.get(item["mediaLink"]).json()
            found[content["ref"]] = content
        return found

    def drill_report(self) -> str:
        """Where the page of the newest drill's report opens; empty, as long as there is none."""
        listed = self._http.get("/storage/v1/b/muster-vault/o", params={"prefix": "drills/sandbox/"}).json()
        pages = [item for item in listed.get("items", []) if item["name"].endswith(".html")]
        return str(max(pages, key=lambda item: item["timeCreated"])["mediaLink"]) if pages else ""
