"""Prefect's own REST, as far as the demo needs it: start a run, see how far it is, read what it says."""

import time
from typing import Any

import httpx

TRIES = 20
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Prefect:
    """A Prefect server."""

    def __init__(self, address: str) -> None:
        self._ui = address
        self._http = httpx.Client(base_url=f"{address}/api", timeout=30)

    def deploy(self, release: dict[str, Any], wait: str) -> str:
        """Ask for a run of the deploy deployment; its id."""
        deployment = self._call("GET", "/deployments/name/deploy/deploy")["id"]
        parameters = {"environment": "sandbox", "release": release, "wait": wait}
        run: str = self._call("POST", f"/deployments/{deployment}/create_flow_run", parameters=parameters)[
            "id"
        ]
        return run

    def state(self, run: str) -> str:
        kind: str = self._call("GET", f"/flow_runs/{run}")["state"]["type"]
        return kind

    def link(self, run: str) -> str:
        return f"{self._ui}/runs/flow-run/{run}"

    def lines(self, run: str, after: int) -> list[tuple[str, str]]:
        """What was logged since the first `after` lines: logger and text."""
        wanted: dict[str, Any] = {
            "logs": {"flow_run_id": {"any_": [run]}},
            "sort": "TIMESTAMP_ASC",
            "limit": 200,
            "offset": after,
        }
        return [(entry["name"], entry["message"]) for entry in self._call("POST", "/logs/filter", **wanted)]

    def _call(self, method: str, path: str, **body: Any) -> Any:
        """The answer. A server on SQLite says 503 while another of its writes goes on: asked again."""
        for _ in range(TRIES):
            answer = self._http.request(method, path, json=body or None)
            if answer.status_code != 503:
                break
            time.sleep(0.5)
        answer.raise_for_status()
        return answer.json()
