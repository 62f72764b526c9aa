"""Services: a pure account of what a create and an update make of the document."""

import base64
import copy
import re
import uuid

from sandbox.kernel.clock import instant, stamp
from sandbox.kernel.errors import RpcError, not_emulated
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document
from sandbox.run.template import check_annotations, check_containers, check_probe, violation, with_defaults

LATEST = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
BY_REVISION = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
SETTABLE = {
    "description", "labels", "annotations", "client", "clientVersion", "ingress", "launchStage", "template",
    "traffic", "scaling", "invokerIamDisabled", "defaultUriDisabled", "customAudiences",
}  # fmt: skip
TAG = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


def created(name: str, body: Document, settings: Settings) -> Document:
    """The document of a new service, as the answer to the POST shows it."""
    spec = {key: copy.deepcopy(value) for key, value in body.items() if key in SETTABLE}
    _check(spec, "CreateServiceRequest.service")
    now = stamp()
    service = {
        **spec,
        "name": name,
        "uid": str(uuid.uuid4()),
        "generation": "1",
        "createTime": now,
        "updateTime": now,
        "creator": f"{settings.project}@sandbox",
        "lastModifier": f"{settings.project}@sandbox",
        "ingress": spec.get("ingress", "INGRESS_TRAFFIC_ALL"),
        "launchStage": spec.get("launchStage", "GA"),
        "template": with_defaults(spec["template"], settings),
        "traffic": spec.get("traffic") or [{"type": LATEST, "percent": 100}],
        "terminalCondition": {"state": "CONDITION_PENDING"},
        "reconciling": True,
    }
    return with_etag(service)


def patched(old: Document, body: Document, mask: str, settings: Settings) -> Document:
    """The document after a PATCH: of the masked fields, or of all of them where there is no mask.

    The answer still shows the old conditions, but the terminal one is pending with its old time.
    """
    service = copy.deepcopy(old)
    paths = [_camel(path) for path in mask.split(",") if path]
    for path in paths or sorted(SETTABLE):
        _assign(service, body, path.split("."))
    _check(service, "UpdateServiceRequest.service")
    service["template"] = with_defaults(service["template"], settings)
    if not service.get("traffic"):
        service["traffic"] = [{"type": LATEST, "percent": 100}]
    service["generation"] = str(int(old["generation"]) + 1)
    service["updateTime"] = stamp()
    service["reconciling"] = True
    if old.get("terminalCondition"):
        service["terminalCondition"] = {**old["terminalCondition"], "state": "CONDITION_PENDING"}
        for reason in ("message", "reason", "revisionReason"):
            service["terminalCondition"].pop(reason, None)
    return with_etag(service)


def with_etag(service: Document) -> Document:
    """The etag, quotes included: base64 of the update's protobuf Timestamp, a slash, base64 of the name."""
    at = instant(service["updateTime"]).timestamp()
    when = b"\x08" + _varint(int(at)) + b"\x10" + _varint(int(at % 1 * 1e9))
    first = base64.b64encode(when).decode().rstrip("=")
    second = base64.b64encode(service["name"].encode()).decode().rstrip("=")
    return {**service, "etag": f'"{first}/{second}"'}


def shown(service: Document) -> Document:
    """The resource as answers show it: without the sandbox's own notes, without what is empty."""
    return {
        key: value
        for key, value in service.items()
        if not key.startswith("_") and value not in (None, "", 0, False, [], {})
    }


def _check(service: Document, where: str) -> None:
    if not service.get("template"):
        raise violation(f"{where}.template", "a template is required.")
    scaling = service.get("scaling") or {}
    if any(scaling.get(field) for field in ("minInstanceCount", "manualInstanceCount", "scalingMode")):
        raise not_emulated("scaling of a service as a whole, but for a maximum,")
    check_containers(service["template"], f"{where}.template")
    check_probe(service["template"], f"{where}.template")
    check_annotations(service.get("annotations", {}), f"{where}.annotations")
    check_annotations(service["template"].get("annotations", {}), f"{where}.template.annotations")
    _check_traffic(service.get("traffic", []), f"{where}.traffic")


def _check_traffic(traffic: list[Document], where: str) -> None:
    """Whether the percentages total 100 and the tags are names. That a revision exists is found out later."""
    total = sum(target.get("percent", 0) for target in traffic)
    if traffic and total != 100:
        raise violation(where, f"Traffic targets sum to {total}, want 100")
    tags = [target["tag"] for target in traffic if target.get("tag")]
    for index, target in enumerate(traffic):
        tag = target.get("tag", "")
        if tag and (not TAG.fullmatch(tag) or len(tag) > 46):
            raise violation(f"{where}[{index}].tag", f"{tag!r} is not a tag.")
        if tags.count(tag) > 1:
            raise violation(f"{where}[{index}].tag", f"the tag {tag!r} is used twice.")
        if target.get("type") == BY_REVISION and not target.get("revision"):
            raise violation(f"{where}[{index}].revision", "a revision is required.")
        if target.get("type") == LATEST and target.get("revision"):
            raise violation(f"{where}[{index}].revision", "must be empty for the latest revision.")


def _assign(target: Document, source: Document, path: list[str]) -> None:
    """Set one path of a mask: what the body lacks is cleared. Output-only fields are left as they are."""
    *parents, last = path
    if path[0] not in SETTABLE:
        return
    for part in parents:
        target, source = target.setdefault(part, {}), source.get(part) or {}
        if not isinstance(target, dict):
            raise RpcError("INVALID_ARGUMENT", f"Invalid field mask path {'.'.join(path)!r}.")
    if last in source:
        target[last] = copy.deepcopy(source[last])
    else:
        target.pop(last, None)


def _camel(path: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), path.strip())


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
