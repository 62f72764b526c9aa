"""What was recorded of the real Cloud Run, as tables: each id ends in the section of the record it is from.

What is told as a story is in the files beside this one: a deploy from its call to its end in
test_run_services, splits in test_run_traffic, deploys that fail in test_run_failures.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.kernel.settings import Settings
from sandbox.run.service import created, patched
from tests.processes import wait_until
from tests.sandbox.run_client import Document, Run, condition, fresh, made_secret, short, to, with_variable

SECRETS = "/v1/projects/sandbox-project/secrets"
TARGET = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"


def template(image: str, **fields: Any) -> Document:
    return {"containers": [{"image": image, **fields}]}


def holding(image: str, secret: str, version: str) -> Document:
    """A template whose container wants one version of a secret."""
    reference = {"secretKeyRef": {"secret": secret, "version": version}}
    return template(image, env=[{"name": "TOKEN", "valueSource": reference}])


@pytest.fixture(scope="module")
def shop(run: Run, image: str) -> str:
    """A service with a revision that serves, one that is tagged, one that is new, one that failed."""
    name = fresh()
    run.did(run.create(name, template(image) | {"revision": f"{name}-a"}, traffic=[to(f"{name}-a", 100)]))
    fields: Document
    for letter, fields in (("b", {}), ("d", {"command": ["false"]}), ("c", {})):
        body = {
            "template": template(image, **fields)
            | {"revision": f"{name}-{letter}", "labels": {"is": letter}},
            "traffic": [to(f"{name}-a", 100), to(f"{name}-b", 0, "canary")],
        }
        run.ended(run.patch(name, "template,traffic", **body))
    return name


@pytest.mark.parametrize(
    ("revision", "kind", "told"),
    [
        pytest.param("a", "Ready", {"state": "CONDITION_SUCCEEDED"}, id="serving, 3"),
        pytest.param("a", "Active", {"state": "CONDITION_SUCCEEDED"}, id="serving: active, 3"),
        pytest.param("a", "ResourcesAvailable", {"state": "CONDITION_SUCCEEDED"}, id="serving: resources, 3"),
        pytest.param(
            "c",
            "Ready",
            {"state": "CONDITION_SUCCEEDED", "revisionReason": "RETIRED"},
            id="no traffic: ready and retired, 3",
        ),
        pytest.param(
            "c",
            "Active",
            {"state": "CONDITION_FAILED", "severity": "INFO", "revisionReason": "RETIRED"},
            id="no traffic: not active, which is no fault, 3",
        ),
        pytest.param(
            "c",
            "ResourcesAvailable",
            {"state": "CONDITION_RECONCILING", "revisionReason": "RETIRED"},
            id="no traffic: resources, 3",
        ),
        pytest.param("d", "Ready", {"state": "CONDITION_FAILED"}, id="failed, 3"),
        pytest.param("d", "Retry", {"state": "CONDITION_SUCCEEDED"}, id="failed: retried, 3"),
    ],
)
def test_conditions_of_a_revision(run: Run, shop: str, revision: str, kind: str, told: Document) -> None:
    found = condition(run.revision(f"{shop}-{revision}"), kind)
    assert {name: found.get(name) for name in ("state", *told)} == told


def test_a_deploy_without_traffic_leaves_the_latest_ready_one(run: Run, shop: str) -> None:
    """3: the newest is another, and the service is in order."""
    now = run.service(shop)
    assert (short(now["latestCreatedRevision"]), short(now["latestReadyRevision"])) == (
        f"{shop}-c", f"{shop}-a"
    )  # fmt: skip
    assert now["terminalCondition"]["state"] == "CONDITION_SUCCEEDED"


@pytest.mark.parametrize(
    "revision",
    [
        pytest.param("a", id="it serves, 3"),
        pytest.param("b", id="it has a tag, 3 (?)"),
        pytest.param("c", id="it is the newest, 3"),
    ],
)
def test_a_revision_in_use_is_not_deleted(run: Run, shop: str, revision: str) -> None:
    code, message = run.refused("DELETE", f"services/{shop}/revisions/{shop}-{revision}")
    assert code == 400
    assert message == (
        f'Revision "{shop}-{revision}" cannot be directly deleted because it is actively serving.'
    )
    assert f"{shop}-{revision}" in run.revisions(shop)


def old_etag(etag: str) -> str:
    return etag


def no_etag(_: str) -> str:
    return '"bogus"'


@pytest.mark.parametrize(
    ("etag", "header"),
    [
        pytest.param(old_etag, False, id="a stale one in the body, 4"),
        pytest.param(no_etag, False, id="a bogus one in the body, 4"),
        pytest.param(old_etag, True, id="a stale If-Match, 4"),
        pytest.param(no_etag, True, id="a bogus If-Match, 4"),
    ],
)
def test_no_etag_holds_up_a_split(run: Run, shop: str, etag: Callable[[str], str], header: bool) -> None:
    stale = run.service(shop)["etag"]
    split = [to(f"{shop}-a", 100), to(f"{shop}-b", 0, "canary")]
    assert run.split(shop, *split)["etag"] != stale
    answer = run.http.patch(
        f"{run.root}/services/{shop}",
        params={"updateMask": "traffic"},
        headers={"If-Match": etag(stale)} if header else {},
        json={"traffic": split, **({} if header else {"etag": etag(stale)})},
    )
    assert answer.status_code == 200, answer.text
    assert run.did(answer.json())["trafficStatuses"][0] == to(f"{shop}-a", 100)


OLD = created(
    "x/s",
    {
        "template": template("a/b:1") | {"timeout": "17s"},
        "traffic": [to("s-a", 100)],
        "labels": {"l": "1"},
        "annotations": {"n": "1"},
        "scaling": {"maxInstanceCount": 3},
    },
    Settings(home=Path()),
)
NEW: Document = {"template": template("a/b:2"), "labels": {"l": "2"}, "traffic": [to("s-b", 100)]}
STATED = ("labels", "annotations", "scaling")


@pytest.mark.parametrize(
    ("mask", "changed"),
    [
        pytest.param("traffic", {"traffic": [to("s-b", 100)]}, id="traffic alone, 4"),
        pytest.param("labels", {"labels": {"l": "2"}}, id="a field of the service, 4"),
        pytest.param("labels,annotations", {"labels": {"l": "2"}, "annotations": None}, id="two, one empty"),
        pytest.param("template", {"image": "a/b:2", "timeout": "300s"}, id="the template: pins stay, 4"),
        pytest.param("template.containers", {"image": "a/b:2"}, id="a part of the template"),
        pytest.param("scaling.max_instance_count", {"scaling": {}}, id="in snake case, by what is empty"),
        pytest.param("scaling.maxInstanceCount", {"scaling": {}}, id="in camel case"),
        pytest.param("uri,generation,latestReadyRevision", {}, id="what is output only is let be, 4 (?)"),
        pytest.param(
            "",
            {
                "image": "a/b:2", "timeout": "300s", "traffic": [to("s-b", 100)],
                "labels": {"l": "2"}, "annotations": None, "scaling": None,
            },
            id="no mask replaces everything, 4",
        ),
    ],
)  # fmt: skip
def test_what_a_mask_lets_through(mask: str, changed: Document) -> None:
    def told(service: Document) -> Document:
        return {name: service.get(name) for name in (*STATED, "traffic")} | {
            "image": service["template"]["containers"][0]["image"],
            "timeout": service["template"]["timeout"],
        }

    after = patched(OLD, {**NEW, "uri": "http://x", "generation": "9"}, mask, Settings(home=Path()))
    assert told(after) == told(OLD) | changed
    assert (after["generation"], "uri" in after) == ("2", False)


def test_a_violation_of_an_update_names_its_own_request(run: Run, shop: str, image: str) -> None:
    body = {"template": template(image) | {"timeout": "3601s"}}
    refused = run.refused("PATCH", f"services/{shop}", body, updateMask="template")
    assert refused == (
        400,
        "Violation in UpdateServiceRequest.service.template.timeout: maximum allowed time is one hour.",
    )


def nothing(_: Run) -> str:
    return "nowhere"


def empty(run: Run) -> str:
    return made_secret(run)


def kept(run: Run) -> str:
    return made_secret(run, "a")


def turned(verb: str) -> Callable[[Run], str]:
    """A secret whose one version was disabled or destroyed."""

    def make(run: Run) -> str:
        name = made_secret(run, "a")
        run.http.post(f"{SECRETS}/{name}/versions/1:{verb}", json={}).raise_for_status()
        return name

    return make


FIELD = "spec.template.spec.containers[0].env[0].value_from.secret_key_ref.name: "


@pytest.mark.parametrize(
    ("secret", "version", "said"),
    [
        pytest.param(nothing, "latest", "Secret {} was not found", id="no such secret, 10"),
        pytest.param(kept, "7", "Secret {} was not found", id="no such version, 10"),
        pytest.param(empty, "latest", "Secret {} was not found", id="no version at all, 10"),
        pytest.param(
            turned("disable"), "1", FIELD + "Secret Version [{}] is in DISABLED state.", id="disabled, 10 (i)"
        ),
        pytest.param(
            turned("destroy"), "1", FIELD + "Secret Version [{}] is in DESTROYED state.", id="destroyed, 10"
        ),
    ],
)  # fmt: skip
def test_a_secret_that_cannot_be_had_at_deploy(
    run: Run, image: str, secret: Callable[[Run], str], version: str, said: str
) -> None:
    name, held = fresh(), secret(run)
    error = run.failed(run.create(name, holding(image, held, version)))
    where = f"projects/402170518363/secrets/{held}/versions/{version}"
    assert error == {"code": 9, "message": said.format(where)}
    assert run.service(name)["terminalCondition"]["message"] == error["message"]


@pytest.mark.parametrize(
    ("method", "path", "why"),
    [
        pytest.param("POST", "/versions/1:destroy", "] is in DESTROYED state.", id="destroyed, 10"),
        pytest.param("POST", "/versions/1:disable", "] is in DISABLED state.", id="disabled, 10 (i)"),
        pytest.param("DELETE", "", "not found", id="deleted, 10 (i)"),
    ],
)
def test_a_secret_that_cannot_be_had_at_the_next_start(
    run: Run, image: str, method: str, path: str, why: str
) -> None:
    """The deploy went well; the first request after the instance has died is refused by the platform."""
    name, held = fresh(), made_secret(run, "a")
    uri = run.did(run.create(name, holding(image, held, "1")))["uri"]
    run.http.request(
        method, f"{SECRETS}/{held}{path}", json={} if method == "POST" else None
    ).raise_for_status()
    assert httpx.get(f"{uri}/die").status_code == 503
    answer = wait_until(lambda: refused_start(uri), what="the platform to notice that its instance ended")
    assert answer
    assert answer.text == "The request failed because the instance could not start successfully."
    version = f"projects/402170518363/secrets/{held}/versions/1"
    of = f'resource.labels.service_name="{name}"'
    (remark, *_) = run.entries(f'{of} severity=ERROR textPayload:"Could not fetch secret"')
    fetching, _, reason = remark["textPayload"].partition(". Instance startup will now abort: ")
    assert fetching == f'Could not fetch secret "{version}" for environment variable "TOKEN"'
    assert why in reason


def refused_start(uri: str) -> httpx.Response | None:
    """The answer in place of an instance; until its end is noticed it is still asked, in vain."""
    answer = httpx.get(uri)
    assert answer.status_code in {500, 503}
    return answer if answer.status_code == 500 else None


@pytest.mark.parametrize(
    ("status", "path", "text"),
    [
        pytest.param(
            503,
            "/die",
            "The request failed because either the HTTP response was malformed or connection to the instance "
            "had an error.",
            id="the instance died under it",
        ),
        pytest.param(
            504,
            "/slow/3",
            "The request has been terminated because it has reached the maximum request timeout.",
            id="it took too long, 7",
        ),
        pytest.param(
            429,
            "/",
            "The request was aborted because there was no available instance.",
            marks=pytest.mark.slow,
            id="nobody had room for it within ten seconds, 7",
        ),
    ],
)
def test_what_the_platform_answers_itself(run: Run, image: str, status: int, path: str, text: str) -> None:
    """6: its log entry says why, names no instance, and has no latency, however long it took."""
    name, limit = fresh(), "1s" if status == 504 else "60s"
    wanted = template(image) | {"maxInstanceRequestConcurrency": 1, "timeout": limit}
    uri = run.did(run.create(name, wanted))["uri"]
    with httpx.Client(timeout=30) as client:
        answer = behind(client, uri) if status == 429 else client.get(uri + path)
    assert (answer.status_code, answer.text) == (status, text)
    entry = run.requests(name, also=f"httpRequest.status={status}")[0]
    assert entry["textPayload"] == text
    assert entry["httpRequest"]["latency"] == "0s"
    assert entry["severity"] == ("WARNING" if status == 429 else "ERROR")
    assert "labels" not in entry


def behind(client: httpx.Client, uri: str) -> httpx.Response:
    """The answer to a request that comes while another one holds the only place."""
    with client.stream("GET", f"{uri}/trickle/15") as first:
        assert first.status_code == 200
        return client.get(uri)


LISTENING = """if True:
    import http.server, os, signal, sys, time
    def told(*_):
        print("told", flush=True)
        if sys.argv[1] == "heeds":
            os._exit(0)
    signal.signal(signal.SIGTERM, told)
    http.server.HTTPServer(("", int(os.environ["PORT"])), http.server.BaseHTTPRequestHandler).serve_forever()
"""


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param("heeds", id="it ends when it is told to, 7"),
        pytest.param("ignores", marks=pytest.mark.slow, id="it is killed when it does not, 7"),
    ],
)
def test_an_instance_is_told_before_it_is_killed(run: Run, image: str, behaviour: str) -> None:
    name = fresh()
    made = run.did(run.create(name, template(image, command=["python", "-c", LISTENING], args=[behaviour])))
    revision = short(made["latestReadyRevision"])
    assert with_variable(f"K_REVISION={revision}")
    run.did(run.call("DELETE", f"services/{name}"))
    (told,) = run.entries(f'resource.labels.service_name="{name}" logName:"stdout"')
    assert told["textPayload"] == "told"
    wait_until(lambda: not with_variable(f"K_REVISION={revision}"), what="its process is gone")


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        pytest.param(
            r"Starting new instance\. Reason: DEPLOYMENT_ROLLOUT - .+", "INFO", id="why it starts, 7"
        ),
        pytest.param(
            r'Default STARTUP TCP probe succeeded after 1 attempt for container "{}-1" on port \d+\.',
            "INFO",
            id="that it listens, 7",
        ),
    ],
)
def test_what_the_platform_remarks_on_an_instance(run: Run, shop: str, said: str, severity: str) -> None:
    log = "projects/sandbox-project/logs/run.googleapis.com%2Fvarlog%2Fsystem"
    remarks = run.entries(f'resource.labels.revision_name="{shop}-a" logName="{log}"', least=2)
    found = [one for one in remarks if re.fullmatch(said.format(shop), one["textPayload"])]
    assert found
    assert {one["severity"] for one in found} == {severity}
    assert all(one["labels"]["instanceId"] for one in found)


def test_a_deleted_service_is_said_to_be_kept_for_thirty_days(run: Run, image: str) -> None:
    name = fresh()
    run.did(run.create(name, template(image)))
    answer = run.call("DELETE", f"services/{name}")["metadata"]
    deleted, expires = (datetime.fromisoformat(answer[part]) for part in ("deleteTime", "expireTime"))
    assert abs(expires - deleted - timedelta(days=30)) < timedelta(seconds=1)
