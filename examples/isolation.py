"""An isolated cluster for drills: `python -m examples.isolation ENDPOINTS_JSON`, and `--end` to take it down.

A further Elasticsearch of the sandbox, whose address is written as the secret that the sample's drills read.
Safe to repeat: what runs already is left running.
"""

import argparse
import base64
import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

SECRET = "ali-drill-elasticsearch-url"  # noqa: S105  drill.search of environments/sandbox.yaml
CLUSTER = "recovery"
STARTS = 170.0  # seconds, at most


class Isolation:
    """One further cluster, and the secret with its address."""

    def __init__(self, endpoints: dict[str, str], cluster: str = CLUSTER) -> None:
        self._cluster = cluster
        self._project = endpoints["project"]
        self._http = httpx.Client(base_url=endpoints["google"], timeout=60)

    def begin(self) -> str:
        """Have it run and be known; its address, once it answers. RuntimeError when it does not start."""
        path = "/sandbox/elasticsearch/clusters"
        asked = self._http.post(path, json={"name": self._cluster})
        if asked.status_code != 409:  # it is there already
            asked.raise_for_status()
        end = time.monotonic() + STARTS
        while True:
            found: dict[str, Any] = self._http.get(f"{path}/{self._cluster}").raise_for_status().json()
            if found["state"] == "RUNNING":
                break
            if found["state"] == "FAILED" or time.monotonic() > end:
                raise RuntimeError(f"cluster {self._cluster}: {found}")
            time.sleep(0.2)
        self._tell(found["address"])
        return str(found["address"])

    def end(self) -> None:
        """Take it down, with its data; what is gone is gone."""
        answer = self._http.delete(f"/sandbox/elasticsearch/clusters/{self._cluster}")
        if answer.status_code != 404:
            answer.raise_for_status()

    def close(self) -> None:
        """Its connections end; the cluster goes on."""
        self._http.close()

    def _tell(self, address: str) -> None:
        """The address as the newest version of the secret."""
        root = f"/v1/projects/{self._project}/secrets"
        made = self._http.post(f"{root}?secretId={SECRET}", json={"replication": {"automatic": {}}})
        if made.status_code != 409:
            made.raise_for_status()
        payload = base64.b64encode(address.encode()).decode()
        current = self._http.get(f"{root}/{SECRET}/versions/latest:access")
        if current.status_code == 200 and current.json()["payload"]["data"] == payload:
            return
        self._http.post(f"{root}/{SECRET}:addVersion", json={"payload": {"data": payload}}).raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(prog="examples.isolation")
    parser.add_argument("endpoints", type=Path, help="the sandbox's endpoints.json")
    parser.add_argument("--end", action="store_true", help="take the cluster down")
    asked = parser.parse_args()
    with closing(Isolation(json.loads(asked.endpoints.read_text()))) as isolation:
        if asked.end:
            isolation.end()
            print("the isolated cluster is gone")
        else:
            print(f"the isolated cluster answers at {isolation.begin()}")


if __name__ == "__main__":
    main()
