"""Traffic: from what was asked to what is served, what the statuses say, and the router's table. All pure."""

from collections.abc import Callable, Iterable
from typing import Any, TypedDict

from sandbox.kernel.state import Document
from sandbox.run import conditions
from sandbox.run.names import short
from sandbox.run.service import BY_REVISION, LATEST
from sandbox.run.template import seconds


class Served(TypedDict):
    """One target in force: a revision by its short name, a share, perhaps a tag."""

    revision: str
    percent: int
    tag: str


def resolve(service: Document, revisions: dict[str, Document]) -> tuple[list[Served] | None, str]:
    """The targets that the service's traffic asks for, or what is wrong with it (then all stays as it was).

    None without a fault: a revision asked for is still starting.
    """
    served: list[Served] = []
    for target in service["traffic"]:
        if target.get("type") == BY_REVISION or target.get("revision"):
            name = target["revision"]
        else:
            name = short(service.get("latestReadyRevision", ""))
            if not name:
                waiting = bool(service.get("_pending"))
                return None, "" if waiting else service.get("_failure") or "No revision is ready."
        if name not in revisions:
            return None, (
                f"Revision '{name}' does not exist or is deleted. Update all traffic to route to currently "
                "available revisions."
            )
        state = conditions.ready(revisions[name])["state"]
        if state == conditions.PENDING:
            return None, ""
        if state == conditions.FAILED:
            return None, f"Revision '{name}' is not ready and cannot serve traffic."
        served.append({"revision": name, "percent": target.get("percent", 0), "tag": target.get("tag", "")})
    return served, ""


def addressed(service: Document, address: Callable[[str], str]) -> Document:
    """The service with the addresses that it and its tags have now."""
    uri, statuses = address(""), service["trafficStatuses"]
    shown = [one | {"uri": address(one["tag"])} if "tag" in one else one for one in statuses]
    return service | {"uri": uri, "urls": [uri], "trafficStatuses": shown}


def statuses(service: Document, address: Callable[[str], str]) -> list[Document]:
    """What trafficStatuses shows. A target that is the latest revision names neither revision nor address."""
    shown = []
    for target in service["traffic"]:
        by_name = target.get("type") == BY_REVISION or bool(target.get("revision"))
        status: Document = {"type": BY_REVISION if by_name else LATEST}
        if by_name:
            status["revision"] = target["revision"]
        if target.get("percent"):
            status["percent"] = target["percent"]
        if target.get("tag"):
            status |= {"tag": target["tag"], "uri": address(target["tag"])}
        shown.append(status)
    return shown


def table(
    services: Iterable[Document],
    revisions: dict[str, Document],
    port: Callable[[str, str], int],
    backend: Callable[[str], Document],
) -> dict[str, Any]:
    """The router's table: a route for each service and each tag, a row for each revision they name."""
    routes, rows = {}, {}
    for service in services:
        served: list[Served] = service.get("_served", [])
        common = {
            "service": short(service["name"]),
            "timeout": seconds(service["template"].get("timeout", "300s")),
        }
        if served:
            targets = [target for target in served if target["percent"]]
            routes[str(port(service["name"], ""))] = {**common, "targets": targets}
        for target in served:
            revision = revisions[target["revision"]]
            concurrency = revision.get("maxInstanceRequestConcurrency", 80)
            rows[target["revision"]] = {"concurrency": concurrency, **backend(target["revision"])}
            if target["tag"]:
                routes[str(port(service["name"], target["tag"]))] = {
                    **common,
                    "targets": [{**target, "percent": 100}],
                }
    return {"routes": routes, "revisions": rows}
