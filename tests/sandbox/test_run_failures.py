"""Deploys that fail: what is said of them, and that no user ever meets one."""

from typing import Any

import httpx
import pytest

from tests.sandbox.run_client import Document, Run, condition, fresh, short, to, with_variable

LATEST = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}
LATE = (
    "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 "
    "environment variable within the allocated timeout. This can happen when the container port is "
    "misconfigured or if the timeout is too short. The health check timeout can be extended. "
)
PROBE = "The user-provided container failed the configured startup probe checks. "
LOGS = "Logs for this revision might contain more information.\n\nLogs URL: https://"
SHORT = {"periodSeconds": 1, "timeoutSeconds": 1, "failureThreshold": 1}
SICK = {**SHORT, "httpGet": {"path": "/health"}}


def template(image: str, start: str = "", probe: Document | None = None, **fields: Any) -> Document:
    container: Document = {"image": image, **({"startupProbe": probe} if probe else {})}
    return {
        "containers": [container | ({"env": [{"name": "START", "value": start}]} if start else {})],
        **fields,
    }


@pytest.fixture
def service(run: Run, image: str) -> str:
    """A service of the test's own, serving its first revision as the latest."""
    name = fresh()
    run.did(run.create(name, template(image)))
    return name


@pytest.mark.parametrize(
    ("start", "probe", "text"),
    [
        pytest.param("crash", None, LATE, id="it ends at once"),
        pytest.param("mute", SHORT, PROBE, id="it never listens"),
        pytest.param("sick", SICK, PROBE, id="it listens and is not well"),
    ],
)
def test_a_first_deploy_that_fails(
    run: Run, image: str, start: str, probe: Document | None, text: str
) -> None:
    name = fresh()
    error = run.failed(run.create(name, template(image, start, probe)))
    assert error["code"] == 9
    assert error["message"].startswith(text + LOGS)
    assert error["message"].endswith(
        "https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start"
    )
    now = run.service(name)
    assert now["terminalCondition"]["state"] == "CONDITION_FAILED"
    assert now["terminalCondition"]["message"] == error["message"]
    assert now["terminalCondition"]["revisionReason"] == "HEALTH_CHECK_CONTAINER_ERROR"
    assert condition(now, "ConfigurationsReady")["state"] == "CONDITION_FAILED"
    assert condition(now, "RoutesReady")["state"] == "CONDITION_FAILED"
    assert short(now["latestCreatedRevision"]).startswith(f"{name}-00001")
    assert not {"latestReadyRevision", "uri", "urls", "trafficStatuses"} & now.keys()


def test_a_deploy_that_fails_leaves_the_former_revision_serving(run: Run, image: str, service: str) -> None:
    before = run.service(service)
    error = run.failed(run.patch(service, "template", template=template(image, "sick", SICK)))
    now = run.service(service)
    bad = short(now["latestCreatedRevision"])
    assert now["latestReadyRevision"] == before["latestReadyRevision"] != now["latestCreatedRevision"]
    assert now["traffic"] == now["trafficStatuses"] == [LATEST], "it is still asked for the latest"
    assert now["terminalCondition"]["state"] == "CONDITION_FAILED"
    assert condition(now, "ConfigurationsReady")["message"] == error["message"]
    assert condition(now, "RoutesReady") == condition(before, "RoutesReady")
    assert (now["observedGeneration"], now["generation"]) == ("2", "2")
    assert "reconciling" not in now
    with httpx.Client() as client:
        assert {client.get(now["uri"]).status_code for _ in range(50)} == {200}
    served = {one["resource"]["labels"]["revision_name"] for one in run.requests(service, least=50)}
    assert served == {short(before["latestReadyRevision"])}
    revision = run.revision(bad)
    assert {one["type"]: one["state"] for one in revision["conditions"]} == {
        "Ready": "CONDITION_FAILED",
        "ContainerHealthy": "CONDITION_FAILED",
        "ContainerReady": "CONDITION_SUCCEEDED",
        "ResourcesAvailable": "CONDITION_SUCCEEDED",
        "Retry": "CONDITION_SUCCEEDED",
    }
    assert condition(revision, "Ready")["message"] == error["message"]


def test_a_revision_that_failed_never_gets_traffic(run: Run, image: str, service: str) -> None:
    """Not by name, not by a tag, not after others: what was in force stays in force."""
    first = short(run.service(service)["latestReadyRevision"])
    bad = f"{service}-bad"
    body = {
        "template": template(image, "sick", SICK, revision=bad),
        "traffic": [to(first, 100), to(bad, 0, "bad")],
    }
    said = f"Revision '{bad}' is not ready and cannot serve traffic."
    assert "startup probe checks" in run.failed(run.patch(service, "template,traffic", **body))["message"]
    error = run.failed(run.patch(service, "traffic", traffic=[to(first, 50), to(bad, 50)]))
    assert error == {"code": 9, "message": said}
    now = run.service(service)
    assert condition(now, "RoutesReady")["message"] == said
    assert now["trafficStatuses"] == [LATEST], "as before the two changes"
    with httpx.Client() as client:
        assert {client.get(now["uri"]).headers["X-Served-By"] for _ in range(50)} == {first}


def test_a_service_stays_failed_until_a_later_deploy_succeeds(run: Run, image: str, service: str) -> None:
    """Splits among what is ready are done, though their operations tell of the newest revision's failure."""
    first = short(run.service(service)["latestReadyRevision"])
    run.failed(run.patch(service, "template", template=template(image, "crash")))
    operation = run.patch(service, "traffic", traffic=[to(first, 100)])
    assert run.failed(operation)["message"].startswith(LATE)
    now = run.service(service)
    assert now["trafficStatuses"] == [to(first, 100)]
    assert now["observedGeneration"] == now["generation"]
    assert now["terminalCondition"]["state"] == "CONDITION_FAILED"
    body = {"template": template(image, labels={"good": "1"}), "traffic": [LATEST]}
    now = run.did(run.patch(service, "template,traffic", **body))
    assert now["terminalCondition"]["state"] == "CONDITION_SUCCEEDED"
    assert now["latestReadyRevision"] == now["latestCreatedRevision"]
    assert httpx.get(now["uri"]).headers["X-Served-By"] == short(now["latestReadyRevision"])


def test_the_log_tells_what_the_container_said_and_how_it_ended(run: Run, image: str) -> None:
    name = fresh()
    run.failed(run.create(name, template(image, "crash")))
    of = f'resource.labels.service_name="{name}"'
    (said,) = run.entries(f'{of} logName:"stderr"')
    assert said["textPayload"] == "no way to start"
    (remark,) = run.entries(f'{of} textPayload="Container called exit(3)."')
    assert remark["severity"] == "WARNING"
    assert remark["logName"] == "projects/sandbox-project/logs/run.googleapis.com%2Fvarlog%2Fsystem"
    (start,) = run.entries(f'{of} textPayload:"Starting new instance"')
    assert "DEPLOYMENT_ROLLOUT" in start["textPayload"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"image": "example.com/a:b"}, "Image 'example.com/a:b' not found.", id="no such image"),
        pytest.param({"command": ["no-such-program"]}, LATE, id="a program that is not there"),
        pytest.param({"workingDir": "/nowhere"}, LATE, id="a folder that is not there"),
    ],
)  # fmt: skip
def test_what_cannot_be_started(run: Run, image: str, wrong: Document, said: str) -> None:
    name = fresh()
    error = run.failed(run.create(name, {"containers": [{"image": image, **wrong}]}))
    assert error["code"] == 9
    assert error["message"].startswith(said)


def test_a_failed_revision_s_process_is_gone(run: Run, image: str) -> None:
    """What never listened is ended, so nothing is left to listen later."""
    name = fresh()
    run.failed(run.create(name, template(image, "mute", SHORT)))
    revision = short(run.service(name)["latestCreatedRevision"])
    assert not with_variable(f"K_REVISION={revision}")
