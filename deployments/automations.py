"""Prefect's automations: whatever ends a deploy but its own good end starts a rollback.

The rollback that they start waits for the deploy's lease to end, and undoes only what a dead deploy has left:
after a deploy that put its users back itself, or that is late to be called crashed and goes on well, it finds
nothing to do. `muster settle` does the same where Prefect is down.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

ENDED = {"Completed", "Failed", "Crashed", "Cancelled", "TimedOut"}
HEARTBEAT = "prefect.flow-run.heartbeat"
SILENT = timedelta(seconds=90)  # three heartbeats; prefect.yaml asks for one each 30 s


def automations(rollback: UUID) -> list[AutomationCore]:
    """Both, for the deployments called deploy; `rollback` is the id of the deployment that they start."""
    return [
        AutomationCore(
            name="muster: roll back what a deploy has left",
            description="A deploy failed, crashed, was cancelled or ran out of time.",
            trigger=EventTrigger(
                **_of_a_deploy(),
                expect=_events(ENDED - {"Completed"}),
                posture=Posture.Reactive,
                threshold=1,
            ),
            actions=[_rollback(rollback)],
        ),
        AutomationCore(
            name="muster: roll back what a silent deploy has left",
            description="A deploy's process and its worker are gone: no heartbeat, and no end.",
            trigger=EventTrigger(
                **_of_a_deploy(),
                after={HEARTBEAT},
                expect={HEARTBEAT, *_events(ENDED)},
                posture=Posture.Proactive,
                threshold=1,
                within=SILENT,
            ),
            actions=[_rollback(rollback)],
        ),
    ]


def _of_a_deploy() -> dict[str, Any]:
    return {
        "match": ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
        "match_related": ResourceSpecification(
            {"prefect.resource.role": "deployment", "prefect.resource.name": "deploy"}
        ),
        "for_each": {"prefect.resource.id"},
    }


def _events(states: set[str]) -> set[str]:
    return {f"prefect.flow-run.{state}" for state in states}


def _rollback(deployment: UUID) -> RunDeployment:
    environment = {"__prefect_kind": "jinja", "template": "{{ flow_run.parameters['environment'] | string }}"}
    return RunDeployment(
        source="selected",
        deployment_id=deployment,
        parameters={"environment": environment, "only_left_behind": True},
    )
