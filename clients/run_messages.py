"""Cloud Run's messages, and what they are in our own words."""

from collections.abc import Iterable

from google.cloud import run_v2

from domain.service import Revision, Service
from domain.traffic import Split, Target

BY_REVISION = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
SUCCEEDED = run_v2.Condition.State.CONDITION_SUCCEEDED
FAILED = run_v2.Condition.State.CONDITION_FAILED


def targets_of(traffic: Split) -> list[run_v2.TrafficTarget]:
    """Every target by its revision's name: no traffic at all would mean the latest revision."""
    return [
        run_v2.TrafficTarget(
            type_=BY_REVISION, revision=target.revision, percent=target.percent, tag=target.tag
        )
        for target in traffic.targets
    ]


def service_of(found: run_v2.Service) -> Service:
    """A service as it was found."""
    latest = short_name(found.latest_ready_revision)
    return Service(
        name=short_name(found.name),
        uri=found.uri,
        etag=found.etag,
        asked=split_of(found.traffic, latest),
        served=split_of(found.traffic_statuses, latest),
        settled=not found.reconciling and found.observed_generation == found.generation,
        tag_uris={status.tag: status.uri for status in found.traffic_statuses if status.tag},
        annotations=dict(found.annotations),
        latest_created=short_name(found.latest_created_revision),
    )


def split_of(
    targets: Iterable[run_v2.TrafficTarget | run_v2.TrafficTargetStatus], latest: str
) -> Split | None:
    """The split of traffic targets or statuses; one without a revision means the latest ready one."""
    named = tuple(Target(target.revision or latest, target.percent, target.tag) for target in targets)
    try:
        return Split(named) if all(target.revision for target in named) else None
    except ValueError:
        return None


def revision_of(found: run_v2.Revision) -> Revision:
    """A revision as it was found; its condition Ready says whether it can serve."""
    ready = next((condition for condition in found.conditions if condition.type_ == "Ready"), None)
    state = ready.state if ready else None
    return Revision(
        name=short_name(found.name),
        ready=state == SUCCEEDED,
        failed=state == FAILED,
        reason=ready.message if ready and state == FAILED else "",
        image=found.containers[0].image if found.containers else "",
    )


def short_name(name: str) -> str:
    """The last part of projects/P/locations/L/services/S/revisions/R."""
    return name.rpartition("/")[2]
