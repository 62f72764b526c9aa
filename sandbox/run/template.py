"""Templates of revisions and tasks: what is refused, and what the platform fills in."""

import copy
import re
from typing import Any

from sandbox.kernel.errors import RpcError, not_emulated
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document

RESERVED = (
    "run.googleapis.com/",
    "cloud.googleapis.com/",
    "serving.knative.dev/",
    "autoscaling.knative.dev/",
)
DEFAULT_PROBE = {"timeoutSeconds": 240, "periodSeconds": 240, "failureThreshold": 1}
ENUMS = {  # the numbers that the Python clients send (google/cloud/run/v2/*.proto)
    "type": {1: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", 2: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"},
    "executionEnvironment": {1: "EXECUTION_ENVIRONMENT_GEN1", 2: "EXECUTION_ENVIRONMENT_GEN2"},
    "ingress": {1: "INGRESS_TRAFFIC_ALL", 2: "INGRESS_TRAFFIC_INTERNAL_ONLY",
                3: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", 4: "INGRESS_TRAFFIC_NONE"},
    "launchStage": {1: "EARLY_ACCESS", 2: "ALPHA", 3: "BETA", 4: "GA", 5: "DEPRECATED", 6: "UNIMPLEMENTED",
                    7: "PRELAUNCH"},
}  # fmt: skip


def named(document: Any) -> Any:
    """The same document with enum numbers replaced by their names."""
    if isinstance(document, list):
        return [named(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        key: ENUMS[key].get(value, value) if key in ENUMS and isinstance(value, int) else named(value)
        for key, value in document.items()
    }


def violation(field: str, why: str) -> RpcError:
    """What is wrong with a field; its path begins with the request's name."""
    place = f"Violation in {field}"
    return RpcError(
        "INVALID_ARGUMENT",
        f"{place}: {why}",
        [
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"field": place, "description": why}],
            }
        ],
    )


def check_annotations(annotations: dict[str, str], where: str) -> None:
    """Annotations and labels of the platform's own namespaces cannot be set."""
    for key in annotations:
        if key.startswith(RESERVED):
            raise violation(where, f"system annotation {key!r} is not supported, use the field instead.")


def check_containers(template: Document, where: str) -> None:
    """One container with an image is what the sandbox runs; what it cannot run is not accepted."""
    containers = template.get("containers", [])
    if not containers or not containers[0].get("image"):
        raise violation(f"{where}.containers", "a container with an image is required.")
    if len(containers) > 1:
        raise not_emulated("a second container (sidecar)")
    if template.get("volumes") or containers[0].get("volumeMounts"):
        raise not_emulated("volumes")
    if "grpc" in containers[0].get("startupProbe", {}):
        raise not_emulated("a gRPC startup probe")
    for index, variable in enumerate(containers[0].get("env", [])):
        if not variable.get("name"):
            raise violation(f"{where}.containers[0].env[{index}].name", "a name is required.")
        if variable["name"] == "PORT" or variable["name"].startswith(("K_", "CLOUD_RUN_")):
            raise violation(
                f"{where}.containers[0].env[{index}].name",
                f"the name {variable['name']!r} is reserved by the platform.",
            )
    if seconds(template.get("timeout", "300s")) > 3600:
        raise violation(f"{where}.timeout", "maximum allowed time is one hour.")


def check_probe(template: Document, where: str) -> None:
    """Limits of docs.cloud.google.com/run/docs/configuring/healthchecks: delay and period 240 s at most."""
    probe = template["containers"][0].get("startupProbe", {})
    for field in ("initialDelaySeconds", "periodSeconds"):
        if probe.get(field, 0) > 240:
            raise violation(f"{where}.containers[0].startup_probe.{field}", "must be at most 240.")
    if probe.get("timeoutSeconds", 1) > probe.get("periodSeconds", 10):
        raise violation(
            f"{where}.containers[0].startup_probe.timeout_seconds", "must not be larger than the period."
        )


def with_defaults(template: Document, settings: Settings) -> Document:
    """The template of a revision as the platform completes it."""
    full = copy.deepcopy(template)
    full.setdefault("timeout", "300s")
    full.setdefault("serviceAccount", f"{settings.number}-compute@developer.gserviceaccount.com")
    full["maxInstanceRequestConcurrency"] = full.get("maxInstanceRequestConcurrency") or 80
    container = full["containers"][0]
    _with_resources(container)
    container["ports"] = container.get("ports") or [{"name": "http1", "containerPort": 8080}]
    port = container["ports"][0]
    port.setdefault("name", "http1")
    probe = container.setdefault("startupProbe", {**DEFAULT_PROBE, "tcpSocket": {}})
    check = probe.get("tcpSocket", probe.get("httpGet"))
    if check is None:
        check = probe["tcpSocket"] = {}
    check.setdefault("port", port["containerPort"])
    return full


def task_with_defaults(template: Document, settings: Settings) -> Document:
    """The template of a job's tasks as the platform completes it."""
    full = copy.deepcopy(template)
    full.setdefault("timeout", "600s")
    full.setdefault("maxRetries", 3)
    full.setdefault("serviceAccount", f"{settings.number}-compute@developer.gserviceaccount.com")
    _with_resources(full["containers"][0])
    return full


def seconds(text: str) -> float:
    """A protobuf duration, such as 300s."""
    if not re.fullmatch(r"\d+(\.\d+)?s", text):
        raise RpcError("INVALID_ARGUMENT", f"Invalid duration: {text!r}.")
    return float(text[:-1])


def _with_resources(container: Document) -> None:
    limits = container.setdefault("resources", {}).setdefault("limits", {})
    limits.setdefault("cpu", "1000m")
    limits.setdefault("memory", "512Mi")
