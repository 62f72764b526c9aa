"""Services and revisions: what is created and changed, what the answers show, what is refused."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.run_client import Document, Run, condition, fresh, made_secret, short, to

LATEST = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}
NAME = r"projects/sandbox-project/locations/us-central1/"
NOT_YET = {"observedGeneration", "conditions", "uri", "urls", "latestReadyRevision", "latestCreatedRevision"}


def template(image: str, **env: Any) -> Document:
    """A revision template; a variable's value is a text or a whole valueSource."""
    variables = [
        {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueSource": value}
        for name, value in env.items()
    ]
    return {"containers": [{"image": image, "env": variables}]}


def secret(reference: str, version: str = "latest") -> Document:
    return {"secretKeyRef": {"secret": reference, "version": version}}


@pytest.fixture
def service(run: Run, image: str) -> str:
    """A service of the test's own, serving its first revision."""
    name = fresh()
    run.did(run.create(name, template(image)))
    return name


def test_a_create_answers_at_once_and_ends_later(run: Run, image: str) -> None:
    name = fresh()
    began = run.create(name, template(image), labels={"team": "blue"})
    assert "done" not in began
    assert re.fullmatch(NAME + r"operations/[0-9a-f-]{36}", began["name"])
    answer = began["metadata"]
    assert answer["@type"] == "type.googleapis.com/google.cloud.run.v2.Service"
    assert answer["generation"] == "1"
    assert answer["terminalCondition"] == {"state": "CONDITION_PENDING"}
    assert answer["reconciling"] is True
    assert not NOT_YET & answer.keys()
    ended = run.ended(began)
    assert ended["done"] is True
    assert ended["response"] == ended["metadata"]
    service = run.service(name)
    assert ended["response"] == {"@type": answer["@type"], **service}
    assert service["observedGeneration"] == "1"
    assert service["labels"] == {"team": "blue"}
    assert service["terminalCondition"]["type"] == "Ready"
    assert service["terminalCondition"]["state"] == "CONDITION_SUCCEEDED"
    assert [one["type"] for one in service["conditions"]] == ["RoutesReady", "ConfigurationsReady"]
    assert service["latestCreatedRevision"] == service["latestReadyRevision"]
    assert re.fullmatch(
        NAME + rf"services/{name}/revisions/{name}-00001-[a-z0-9]{{3}}", service["latestReadyRevision"]
    )
    assert service["trafficStatuses"] == [LATEST], "neither revision nor address"
    assert service["urls"] == [service["uri"]]
    assert "reconciling" not in service, "what is false is left out"
    served = httpx.get(service["uri"])
    assert served.text == "hello"
    assert served.headers["X-Served-By"] == short(service["latestReadyRevision"])


def test_what_a_template_leaves_open_is_filled_in(run: Run, service: str) -> None:
    filled = run.service(service)["template"]
    assert filled["timeout"] == "300s"
    assert filled["maxInstanceRequestConcurrency"] == 80
    (container,) = filled["containers"]
    assert container["resources"]["limits"] == {"cpu": "1000m", "memory": "512Mi"}
    assert container["ports"] == [{"name": "http1", "containerPort": 8080}]
    assert container["startupProbe"] == {
        "timeoutSeconds": 240,
        "periodSeconds": 240,
        "failureThreshold": 1,
        "tcpSocket": {"port": 8080},
    }


def test_a_container_is_told_who_it_is(run: Run, service: str) -> None:
    now = run.service(service)
    variables = httpx.get(f"{now['uri']}/env").json()
    assert variables["K_SERVICE"] == variables["K_CONFIGURATION"] == service
    assert variables["K_REVISION"] == short(now["latestReadyRevision"])
    assert variables["GREETING"] == "hello world", "the image's own"
    assert not {name for name in variables if name.startswith(("SANDBOX_DIR", "PYTEST"))}


def test_a_patch_answers_with_the_conditions_as_they_were(run: Run, image: str, service: str) -> None:
    before = run.service(service)
    answer = run.patch(service, "template", template=template(image, A="1"))["metadata"]
    assert (answer["generation"], answer["observedGeneration"]) == ("2", "1")
    assert answer["reconciling"] is True
    assert answer["terminalCondition"] == before["terminalCondition"] | {"state": "CONDITION_PENDING"}
    for name in ("conditions", "latestCreatedRevision", "latestReadyRevision", "trafficStatuses"):
        assert answer[name] == before[name]
    assert answer["etag"] != before["etag"]


def test_a_template_that_changes_makes_a_revision(run: Run, image: str, service: str) -> None:
    """And nothing else does: neither the same template again, nor traffic, nor labels of the service."""
    (first,) = run.revisions(service)
    after = run.did(run.patch(service, "template", template=template(image, A="1")))
    second = short(after["latestReadyRevision"])
    assert re.fullmatch(rf"{service}-00002-[a-z0-9]{{3}}", second)
    assert run.revisions(service) == [second, first], "newest first"
    assert httpx.get(after["uri"]).headers["X-Served-By"] == second
    run.did(run.patch(service, "template", template=template(image, A="1")))
    run.did(run.patch(service, "labels", labels={"team": "blue"}))
    run.split(service, to(first, 100))
    assert run.revisions(service) == [second, first]
    assert run.service(service)["generation"] == "5"


def test_without_a_mask_everything_is_replaced(run: Run, image: str, service: str) -> None:
    run.did(run.patch(service, "labels,annotations", labels={"a": "1"}, annotations={"b": "2"}))
    body = {"template": template(image), "annotations": {"c": "3"}}
    now = run.did(run.call("PATCH", f"services/{service}", body))
    assert "labels" not in now
    assert now["annotations"] == {"c": "3"}


def test_a_revision_is_what_the_template_was(run: Run, image: str) -> None:
    name = fresh()
    wanted = template(image, A="1") | {"labels": {"x": "y"}, "timeout": "17s", "revision": f"{name}-mine"}
    run.did(run.create(name, wanted | {"scaling": {"maxInstanceCount": 1}}))
    revision = run.revision(f"{name}-mine")
    assert revision["labels"] == {"x": "y"}
    assert revision["timeout"] == "17s"
    assert revision["containers"][0]["env"] == [{"name": "A", "value": "1"}]
    assert revision["service"] == name
    ready = condition(revision, "Ready")
    assert ready["state"] == "CONDITION_SUCCEEDED"
    assert re.fullmatch(r"Deploying revision succeeded in \d+\.\d\ds\.", ready["message"])
    assert {one["type"] for one in revision["conditions"]} == {
        "Ready", "Active", "ContainerHealthy", "ContainerReady", "ResourcesAvailable",
        "MinInstancesProvisioned",
    }  # fmt: skip


def test_an_image_by_tag_is_pinned_to_its_digest(run: Run, image: str) -> None:
    name = fresh()
    run.did(run.create(name, template("example.com/small/app:v1")))
    now = run.service(name)
    assert now["template"]["containers"][0]["image"] == "example.com/small/app:v1"
    pinned = run.revision(short(now["latestReadyRevision"]))["containers"][0]["image"]
    assert pinned.startswith("example.com/small/app@sha256:")


def test_a_revision_without_traffic_is_ready_and_retired(run: Run, image: str, service: str) -> None:
    """The service keeps its latest ready one, and is in order."""
    (first,) = run.revisions(service)
    run.split(service, to(first, 100))
    second = f"{service}-two"
    body = {"template": template(image, A="1") | {"revision": second}, "traffic": [to(first, 100)]}
    now = run.did(run.patch(service, "template,traffic", **body))
    assert short(now["latestCreatedRevision"]) == second
    assert short(now["latestReadyRevision"]) == first
    assert now["terminalCondition"]["state"] == "CONDITION_SUCCEEDED"
    revision = run.revision(second)
    assert condition(revision, "Ready")["state"] == "CONDITION_SUCCEEDED"
    assert condition(revision, "Ready")["revisionReason"] == "RETIRED"
    assert condition(revision, "Active")["state"] == "CONDITION_FAILED"
    assert condition(revision, "Active")["severity"] == "INFO"
    run.split(service, to(second, 100))
    assert "revisionReason" not in condition(run.revision(second), "Ready")
    assert condition(run.revision(first), "Ready")["revisionReason"] == "RETIRED"


def test_a_name_once_used_stands_for_one_configuration(run: Run, image: str) -> None:
    name = fresh()
    one = {"revision": f"{name}-one"}
    run.did(run.create(name, template(image) | one))
    run.did(run.patch(name, "template", template=template(image) | one))
    path = f"services/{name}"
    code, message = run.refused(
        "PATCH", path, {"template": template(image, A="1") | one}, updateMask="template"
    )
    assert code == 409
    assert message == f"Revision named '{name}-one' with different configuration already exists."
    assert run.revisions(name) == [f"{name}-one"]
    assert run.service(name)["generation"] == "2", "nothing was changed"


def test_what_is_only_checked_changes_nothing(run: Run, image: str, service: str) -> None:
    before = run.service(service)
    checked = run.call(
        "PATCH", f"services/{service}", {"template": template(image, A="1")}, validateOnly="true"
    )
    assert checked["done"] is True
    assert checked["response"]["generation"] == "2"
    other = fresh()
    run.call("POST", "services", {"template": template(image)}, serviceId=other, validateOnly="true")
    assert run.refused("GET", f"services/{other}")[0] == 404
    assert run.service(service) == before
    body = {"template": template(image) | {"timeout": "3601s"}}
    assert run.refused("PATCH", f"services/{service}", body, validateOnly="true")[0] == 400


def test_a_deleted_service_is_gone_with_its_address(run: Run, image: str, service: str) -> None:
    uri = run.service(service)["uri"]
    operation = run.call("DELETE", f"services/{service}")
    answer = operation["metadata"]
    assert answer["deleteTime"] < answer["expireTime"]
    run.did(operation)
    with pytest.raises(httpx.ConnectError):
        httpx.get(uri)
    code, message = run.refused("GET", f"services/{service}")
    assert code == 404
    assert message == (
        f"Resource '{service}' of kind 'SERVICE' in region 'us-central1' in project 'sandbox-project' "
        "does not exist."
    )
    run.did(run.create(service, template(image)))
    assert len(run.revisions(service)) == 1


@pytest.mark.parametrize(
    ("verb", "path", "query"),
    [
        pytest.param("DELETE", "services/{}", {"validateOnly": "true"}, id="only checking a delete"),
        pytest.param("DELETE", "services/{}/revisions/x", {"validateOnly": "true"}, id="or a revision's"),
        pytest.param("PATCH", "services/nowhere", {"allowMissing": "true"}, id="a patch that may create"),
        pytest.param("GET", "services", {"showDeleted": "true"}, id="what was deleted"),
        pytest.param("POST", "jobs", {"jobId": "j", "validateOnly": "true"}, id="only checking a job"),
    ],
)
def test_what_is_not_emulated_is_not_done_either(
    run: Run, service: str, verb: str, path: str, query: Document
) -> None:
    body = container() if verb == "PATCH" else {} if verb == "POST" else None
    code, message = run.refused(verb, path.format(service), body, **query)
    assert code == 501
    assert f"{[*query][-1]} is not emulated" in message
    assert "deleteTime" not in run.service(service)


def test_only_a_revision_that_does_not_serve_can_be_deleted(run: Run, image: str, service: str) -> None:
    (first,) = run.revisions(service)
    path = f"services/{service}/revisions"
    code, message = run.refused("DELETE", f"{path}/{first}")
    assert code == 400
    assert message == f'Revision "{first}" cannot be directly deleted because it is actively serving.'
    second = short(
        run.did(run.patch(service, "template", template=template(image, A="1")))["latestReadyRevision"]
    )
    run.did(run.call("DELETE", f"{path}/{first}"))
    assert run.revisions(service) == [second]
    assert run.refused("GET", f"{path}/{first}")[0] == 404


def test_services_are_listed_in_pages(run: Run, service: str, image: str) -> None:
    run.did(run.create(fresh(), template(image)))
    names: list[str] = []
    query: dict[str, Any] = {"pageSize": 1}
    while True:
        page = run.call("GET", "services", **query)
        names += [short(one["name"]) for one in page["services"]]
        if "nextPageToken" not in page:
            break
        query["pageToken"] = page["nextPageToken"]
    assert len(names) >= 2
    assert len(names) == len(set(names))
    assert service in names


IMAGE = "example.com/small/app:v1"


def container(**fields: Any) -> Document:
    return {"template": {"containers": [{"image": IMAGE, **fields}]}}


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        pytest.param({}, 400, "a template is required", id="no template"),
        pytest.param({"template": {"containers": [{}]}}, 400, "an image is required", id="no image"),
        pytest.param(
            container() | {"annotations": {"run.googleapis.com/x": "1"}},
            400,
            "system annotation",
            id="theirs",
        ),
        pytest.param(
            {"template": {**container()["template"], "timeout": "3601s"}},
            400,
            "Violation in CreateServiceRequest.service.template.timeout: maximum allowed time is one hour.",
            id="longer than an hour",
        ),
        pytest.param(container(env=[{"name": "PORT", "value": "1"}]), 400, "'PORT' is reserved", id="PORT"),
        pytest.param(
            container(startupProbe={"periodSeconds": 241, "tcpSocket": {}}),
            400,
            "at most 240",
            id="a long period",
        ),
        pytest.param(
            container(startupProbe={"periodSeconds": 1, "timeoutSeconds": 2, "tcpSocket": {}}),
            400,
            "larger than the period",
            id="a probe longer than its period",
        ),
        pytest.param(
            container() | {"scaling": {"minInstanceCount": 1}}, 501, "not emulated", id="a minimum of all"
        ),
        pytest.param(
            container(volumeMounts=[{"name": "v", "mountPath": "/v"}]), 501, "volumes", id="volumes"
        ),
        pytest.param(container(startupProbe={"grpc": {}}), 501, "a gRPC startup probe", id="gRPC"),
        pytest.param(
            {"template": {"containers": [{"image": IMAGE}, {"image": IMAGE}]}}, 501, "sidecar", id="a sidecar"
        ),
        pytest.param(
            container() | {"traffic": [to("x", 90)]}, 400, "Traffic targets sum to 90, want 100", id="90 %"
        ),
    ],
)
def test_refused(run: Run, body: Document, code: int, said: str) -> None:
    name = fresh()
    refused = run.refused("POST", "services", body, serviceId=name)
    assert refused[0] == code
    assert said in refused[1]
    assert run.refused("GET", f"services/{name}")[0] == 404


@pytest.mark.parametrize(
    ("name", "revision", "said"),
    [
        pytest.param("Shop", "", "Service name must use only lowercase", id="a capital"),
        pytest.param("a" * 50, "", "at most 49 characters", id="fifty letters"),
        pytest.param("shop-", "", "Service name must use only lowercase", id="a dash at the end"),
        pytest.param(
            "shop", "other-one", "must be prefixed by the service name shop-", id="another's prefix"
        ),
        pytest.param("shop", "shop-" + "a" * 59, "at most 63 characters", id="sixty-four letters"),
    ],
)
def test_a_name_that_is_none(run: Run, name: str, revision: str, said: str) -> None:
    body = {"template": container()["template"] | ({"revision": revision} if revision else {})}
    code, message = run.refused("POST", "services", body, serviceId=name)
    assert code == 400
    assert said in message


def test_a_service_that_is_there_is_not_created_again(run: Run, service: str) -> None:
    refused = run.refused("POST", "services", container(), serviceId=service)
    assert refused == (409, f"Resource '{service}' already exists.")


@pytest.mark.lies
def test_what_the_real_one_could_not_parse_is_refused(run: Run) -> None:
    code, message = run.refused("POST", "services", container() | {"trafic": []}, serviceId="shop")
    assert code == 400
    assert "trafic: no such field" in message


@pytest.mark.parametrize(
    ("project", "region", "code"),
    [
        pytest.param("another", "us-central1", 403, id="a project that is not ours"),
        pytest.param("sandbox-project", "europe-west1", 404, id="a region that is not there"),
        pytest.param("402170518363", "us-central1", 200, id="the project by its number"),
    ],
)
def test_whose_services(run: Run, project: str, region: str, code: int) -> None:
    answer = run.http.get(f"/v2/projects/{project}/locations/{region}/services")
    assert answer.status_code == code


def test_a_secret_is_resolved_when_an_instance_starts(run: Run, image: str) -> None:
    held = made_secret(run, "first", "second")
    name = fresh()
    wanted = template(image, PINNED=secret(held, "1"), NEWEST=secret(held))
    now = run.did(run.create(name, wanted))
    variables = httpx.get(f"{now['uri']}/env").json()
    assert (variables["PINNED"], variables["NEWEST"]) == ("first", "second")


def starts(run: Run, service: str) -> int:
    wanted = f'resource.labels.service_name="{service}" textPayload:"Starting new instance"'
    return len(run.entries(wanted))


@pytest.mark.parametrize(
    ("least", "again"),
    [
        pytest.param(
            0, "AUTOSCALING - Instance started due to configured scaling", id="with the next request"
        ),
        pytest.param(1, "AUTOSCALING - Instance started due to minimum", id="by itself where one is to run"),
    ],
)
def test_an_instance_that_died_starts_again(run: Run, image: str, least: int, again: str) -> None:
    name = fresh()
    wanted = template(image) | {"scaling": {"minInstanceCount": least, "maxInstanceCount": 1}}
    uri = run.did(run.create(name, wanted))["uri"]
    assert httpx.get(f"{uri}/die").status_code == 503
    told = f'resource.labels.service_name="{name}" textPayload:'
    assert run.entries(told + '"Container called signal 9."')[0]["severity"] == "WARNING"
    if not least:
        assert starts(run, name) == 1
        assert httpx.get(uri).text == "hello"
    assert run.entries(told + f'"{again}"')
    assert httpx.get(uri).text == "hello"


def test_a_request_is_logged_as_its_user_sent_it(run: Run, service: str) -> None:
    now = run.service(service)
    user = httpx.HTTPTransport(local_address="127.7.8.9")
    with httpx.Client(
        transport=user, headers={"User-Agent": "Ada/1.0", "X-Forwarded-For": "9.9.9.9"}
    ) as client:
        client.get(f"{now['uri']}/slow/0.3?q=a%20b")
        client.post(f"{now['uri']}/orders", content=b"12345")
        client.get(f"{now['uri']}/status/404")
        client.get(f"{now['uri']}/status/503")
    slow, posted, missing, broken = run.requests(service, least=4)
    http = slow["httpRequest"]
    assert http["requestUrl"] == f"{now['uri']}/slow/0.3?q=a%20b"
    assert (http["remoteIp"], http["userAgent"]) == ("127.7.8.9", "Ada/1.0")
    assert (http["requestMethod"], http["status"], http["protocol"]) == ("GET", 200, "HTTP/1.1")
    assert 0.3 <= float(http["latency"].removesuffix("s")) < 5
    assert slow["resource"] == {
        "type": "cloud_run_revision",
        "labels": {
            "project_id": "sandbox-project",
            "service_name": service,
            "revision_name": short(now["latestReadyRevision"]),
            "configuration_name": service,
            "location": "us-central1",
        },
    }
    assert slow["severity"] == "INFO"
    assert re.fullmatch(r"[0-9a-f]{24}", slow["insertId"])
    assert re.fullmatch(r"projects/sandbox-project/traces/[0-9a-f]{32}", slow["trace"])
    assert re.fullmatch(r"[0-9a-f]{16}", slow["spanId"])
    assert slow["labels"]["instanceId"]
    began, received = (datetime.fromisoformat(slow[name]) for name in ("timestamp", "receiveTimestamp"))
    assert received - began >= timedelta(seconds=0.3), "stamped with its start, received after its end"
    assert (posted["httpRequest"]["requestSize"], posted["httpRequest"]["responseSize"]) == ("5", "5")
    assert posted["httpRequest"]["status"] == 201
    assert (missing["severity"], broken["severity"]) == ("WARNING", "ERROR")


def test_output_goes_to_the_log_without_a_severity(run: Run, service: str) -> None:
    wanted = f'resource.labels.service_name="{service}" logName:"stdout"'
    (entry, *_) = run.entries(wanted)
    assert entry["textPayload"] == "starting"
    assert entry["logName"] == "projects/sandbox-project/logs/run.googleapis.com%2Fstdout"
    assert "severity" not in entry


def test_each_change_leaves_an_audit_entry_in_the_order_of_the_changes(run: Run, image: str) -> None:
    name = fresh()
    run.did(run.create(name, template(image), annotations={"by": "one"}))
    for who in ("two", "three"):
        run.did(run.patch(name, "annotations", annotations={"by": who}))
    tried = {"annotations": {"by": "nobody"}}
    run.call("PATCH", f"services/{name}", tried, updateMask="annotations", validateOnly="true")
    wanted = f'resource.labels.service_name="{name}" logName:"cloudaudit.googleapis.com%2Factivity"'
    notes = [entry["protoPayload"] for entry in run.entries(wanted, least=3)]
    assert [note["methodName"].rpartition(".")[2] for note in notes] == [
        "CreateService", "UpdateService", "UpdateService",
    ]  # fmt: skip
    assert [note["request"]["service"]["annotations"]["by"] for note in notes] == ["one", "two", "three"]
    assert notes[1]["request"]["updateMask"] == "annotations"
    assert notes[0]["resourceName"] == f"{run.root.removeprefix('/v2/')}/services/{name}"
