"""Cloud Audit Logs of Cloud Run: who changed a service to what, as entries of the project's log.

Admin Activity, as Google writes it (https://cloud.google.com/run/docs/audit-logging): one entry for each
change that was accepted, in the order in which they were.
"""

from typing import Any

from aiohttp import web

from sandbox.kernel.clock import stamp
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document
from sandbox.logging.batch import Batch
from sandbox.run.names import short

API = "google.cloud.run.v2"


class Audit:
    """Notes changes of services."""

    def __init__(self, batch: Batch, settings: Settings) -> None:
        self._batch = batch
        self._settings = settings

    def note(self, request: web.Request, method: str, name: str, /, **asked: Any) -> None:
        """A call of that method (`UpdateService`), with the fields of its request, was accepted just now."""
        self._batch.add(
            {
                "logName": f"projects/{self._settings.project}/logs/cloudaudit.googleapis.com%2Factivity",
                "timestamp": stamp(),
                "severity": "NOTICE",
                "resource": self._resource(short(name)),
                "protoPayload": {
                    "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                    "serviceName": "run.googleapis.com",
                    "methodName": f"{API}.Services.{method}",
                    "resourceName": name,
                    "requestMetadata": {
                        "callerIp": request.remote or "",
                        "callerSuppliedUserAgent": request.headers.get("User-Agent", ""),
                    },
                    "request": {"@type": f"type.googleapis.com/{API}.{method}Request", **asked},
                },
            }
        )

    def _resource(self, service: str) -> Document:
        labels = {
            "project_id": self._settings.project,
            "location": self._settings.region,
            "service_name": service,
            "configuration_name": "",
            "revision_name": "",
        }
        return {"type": "cloud_run_revision", "labels": labels}
