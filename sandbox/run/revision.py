"""Revisions: immutable, made from a service's template."""

import copy
import hashlib
import json
import uuid

from sandbox.kernel.clock import stamp
from sandbox.kernel.errors import RpcError
from sandbox.kernel.state import Document
from sandbox.run.names import check_name, short, suffix

FROM_TEMPLATE = (
    "labels", "annotations", "scaling", "vpcAccess", "serviceAccount", "containers", "executionEnvironment",
    "maxInstanceRequestConcurrency", "timeout", "sessionAffinity", "nodeSelector", "encryptionKey",
)  # fmt: skip
LATE_START = (
    "The user-provided container failed to start and listen on the port defined provided by the PORT={port} "
    "environment variable within the allocated timeout. This can happen when the container port is "
    "misconfigured or if the timeout is too short. The health check timeout can be extended. "
)
FAILED_PROBE = "The user-provided container failed the configured startup probe checks. "
ADVICE = (
    "Logs for this revision might contain more information.\n\nLogs URL: {url} \nFor more troubleshooting "
    "guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start"
)


def fingerprint(template: Document) -> str:
    """Equal for templates that make the same revision."""
    own = {key: value for key, value in template.items() if key != "revision"}
    return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()


def name_of(service: Document, ordinal: int) -> str:
    """The name asked for, or the next one the platform makes up; RpcError where it is not the service's."""
    own = short(service["name"])
    asked: str = service["template"].get("revision", "")
    if not asked:
        return f"{own}-{ordinal:05d}-{suffix(3)}"
    check_name(asked, 63, "Revision name")
    if not asked.startswith(f"{own}-"):
        raise RpcError(
            "INVALID_ARGUMENT", f"Revision name {asked!r} must be prefixed by the service name {own}-."
        )
    return asked


def made(service: Document, name: str, image: str) -> Document:
    """The document of a new revision, its image resolved to a digest, not yet started."""
    template = copy.deepcopy(service["template"])
    now = stamp()
    revision = {key: template[key] for key in FROM_TEMPLATE if key in template}
    revision["containers"][0]["image"] = image
    return {
        **revision,
        "name": f"{service['name']}/revisions/{name}",
        "uid": str(uuid.uuid4()),
        "service": short(service["name"]),
        "generation": "1",
        "observedGeneration": "1",
        "createTime": now,
        "updateTime": now,
        "launchStage": "GA",
        "reconciling": True,
        "logUri": f"https://console.cloud.google.com/logs/viewer?resource=cloud_run_revision/revision_name/{name}",
        "conditions": [{"type": "Ready", "state": "CONDITION_PENDING", "lastTransitionTime": now}],
        "_fingerprint": fingerprint(service["template"]),
    }


def failure_text(revision: Document) -> str:
    """What Cloud Run says of a revision that did not start: by the default probe, or by one of its own."""
    container = revision["containers"][0]
    default = (
        container["startupProbe"].get("periodSeconds") == 240 and "tcpSocket" in container["startupProbe"]
    )
    text = LATE_START if default else FAILED_PROBE
    return (text + ADVICE).format(port=container["ports"][0]["containerPort"], url=revision["logUri"])
