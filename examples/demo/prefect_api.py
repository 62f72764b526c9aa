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

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def ask_for(self, flow: str, deployment_name: str = "", /, **parameters: Any) -> str:
        """Ask for a run of a flow's deployment, by default the one called like the flow; its id."""
        name = deployment_name or flow
        deployment = self._call("GET", f"/deployments/name/{flow}/{name}")["id"]
        run = self._call("POST", f"/deployments/{deployment}/create_flow_run", parameters=parameters)
        return str(run["id"])

    def cancel(self, run: str) -> None:
        """Ask for its end, as the UI's button does."""
        self._call("POST", f"/flow_runs/{run}/set_state", state={"type": "CANCELLING"})

    def artifacts(self, run: str) -> dict[str, str]:
        """The texts that a run left, by their kind."""
        wanted = {"flow_run_id": {"any_": [run]}}
        found = self._call("POST", "/artifacts/filter", artifacts=wanted)
        return {artifact["type"]: artifact["data"] for artifact in found}

    def state(self, run: str) -> str:
        kind: str = self._call("GET", f"/flow_runs/{run}")["state"]["type"]
        return kind

    def message(self, run: str) -> str:
        """What the state of a run tells beyond its name."""
        return self._call("GET", f"/flow_runs/{run}")["state"]["message"] or ""

    def call_crashed(self, run: str) -> None:
        """Say of a run that it crashed, whatever it does."""
        self._call("POST", f"/flow_runs/{run}/set_state", state={"type": "CRASHED"}, force=True)

    def newest_run(self, flow: str, environment: str) -> str:
        """The id of a flow's newest run for an environment; empty when there is none."""
        found = self._call(
            "POST", "/flow_runs/filter", flows={"name": {"any_": [flow]}}, sort="START_TIME_DESC", limit=50
        )
        return next((run["id"] for run in found if run["parameters"].get("environment") == environment), "")

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
