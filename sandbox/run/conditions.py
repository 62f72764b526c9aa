"""Conditions of services and revisions: what state each part is in, since when, and why."""

from sandbox.kernel.clock import stamp
from sandbox.kernel.state import Document

SUCCEEDED, FAILED, PENDING = "CONDITION_SUCCEEDED", "CONDITION_FAILED", "CONDITION_PENDING"
RETRY = "System will retry after 0:00 from lastTransitionTime for attempt 0."


def condition(kind: str, state: str, message: str = "", **reason: str) -> Document:
    made: Document = {"type": kind, "state": state, "lastTransitionTime": stamp(), **reason}
    if message:
        made["message"] = message
    return made


def carried(new: list[Document], old: list[Document]) -> list[Document]:
    """The new conditions; one whose state did not change keeps the time of its last transition."""
    before = {entry.get("type"): entry for entry in old}
    for entry in new:
        known = before.get(entry["type"], {})
        if known.get("state") == entry["state"] and "lastTransitionTime" in known:
            entry["lastTransitionTime"] = known["lastTransitionTime"]
    return new


def of_revision(*, failure: str, seconds: float, routed: bool) -> list[Document]:
    """A revision's conditions once it has started or failed to.

    Without traffic it is Ready and RETIRED at once: nothing of it is wrong, nothing of it runs for long.
    """
    if failure:
        return [
            condition("Ready", FAILED, failure, revisionReason="HEALTH_CHECK_CONTAINER_ERROR"),
            condition("ContainerHealthy", FAILED, failure, revisionReason="HEALTH_CHECK_CONTAINER_ERROR"),
            condition("ContainerReady", SUCCEEDED, "Container image import completed."),
            condition("ResourcesAvailable", SUCCEEDED),
            condition("Retry", SUCCEEDED, RETRY, reason="IMMEDIATE_RETRY", severity="INFO"),
        ]
    retired = {} if routed else {"revisionReason": "RETIRED"}
    active = (
        condition("Active", SUCCEEDED)
        if routed
        else condition("Active", FAILED, "Revision retired.", severity="INFO", revisionReason="RETIRED")
    )
    return [
        condition("Ready", SUCCEEDED, f"Deploying revision succeeded in {seconds:.2f}s.", **retired),
        active,
        condition("ContainerHealthy", SUCCEEDED, f"Containers became healthy in {seconds:.2f}s."),
        condition("ContainerReady", SUCCEEDED, "Container image import completed."),
        condition("ResourcesAvailable", SUCCEEDED if routed else "CONDITION_RECONCILING", **retired),
        condition("MinInstancesProvisioned", SUCCEEDED),
    ]


def ready(revision: Document) -> Document:
    """A revision's own Ready condition."""
    found: Document = next(entry for entry in revision["conditions"] if entry["type"] == "Ready")
    return found


def of_service(old: Document, *, configuration: str, routes: str, pending: bool) -> Document:
    """The service's conditions, from what is wrong with its newest revision and with its routes (or nothing).

    The terminal condition stays failed while the newest revision is, whatever serves in the meantime.
    """
    reason = {"revisionReason": "HEALTH_CHECK_CONTAINER_ERROR"} if configuration else {}
    parts = [
        condition("RoutesReady", FAILED if routes else SUCCEEDED, routes),
        condition("ConfigurationsReady", FAILED if configuration else SUCCEEDED, configuration, **reason),
    ]
    wrong = configuration or routes
    state = PENDING if pending else FAILED if wrong else SUCCEEDED
    terminal = condition("Ready", state, "" if pending else wrong, **({} if pending else reason))
    return {
        "conditions": carried(parts, old.get("conditions", [])),
        "terminalCondition": carried([terminal], [old.get("terminalCondition", {})])[0],
    }
