"""The overlay of an environment on the baseline's template, and how two revisions are told apart."""

import json
from typing import Any

import httpx
import pytest
from google.cloud import run_v2

from clients.cloud_run import create_revision, full_name, secrets_needed
from clients.environment import Environment
from clients.fingerprints import fingerprint, fingerprint_of
from clients.revision_template import template_for
from domain.traffic import split
from tests.conftest import Endpoints
from tests.contract.conftest import plain_secret, ready
from tests.environments import environment

IMAGE = "example.com/team/app@sha256:" + "1" * 64
BASELINE: dict[str, Any] = {
    "labels": {"team": "search", "cloud.googleapis.com/location": "us-central1"},
    "annotations": {"note": "theirs", "run.googleapis.com/client-name": "gcloud"},
    "scaling": {"minInstanceCount": 1, "maxInstanceCount": 4},
    "vpcAccess": {"connector": "projects/p/locations/l/connectors/c"},
    "timeout": "120s",
    "serviceAccount": "app@p.iam.gserviceaccount.com",
    "maxInstanceRequestConcurrency": 20,
    "sessionAffinity": True,
    "containers": [
        {
            "image": "example.com/team/app@sha256:" + "0" * 64,
            "command": ["serve"],
            "args": ["--fast"],
            "resources": {"limits": {"cpu": "2", "memory": "1Gi"}, "cpuIdle": True},
            "ports": [{"name": "h2c", "containerPort": 9000}],
            "env": [
                {"name": "MODE", "value": "live"},
                {"name": "OLD", "value": "1"},
                {"name": "TOKEN", "valueSource": {"secretKeyRef": {"secret": "token", "version": "latest"}}},
                {
                    "name": "SHARED",
                    "valueSource": {
                        "secretKeyRef": {"secret": "projects/42/secrets/shared", "version": "latest"}
                    },
                },
            ],
        }
    ],
}
PINS = {"token": "3", "projects/42/secrets/shared": "8", "fresh": "1"}


def revision(**changes: Any) -> run_v2.Revision:
    made: run_v2.Revision = run_v2.Revision.from_json(json.dumps({**BASELINE, **changes}))
    return made


def made_of(env: Environment, model: run_v2.Revision | None = None) -> run_v2.RevisionTemplate:
    return template_for(env, model or revision(), revision="app-2", image=IMAGE, secrets=PINS)


def overlaid(cloud: Endpoints, **template: Any) -> Environment:
    return environment(cloud, "app", over={"service": {"template": template}})


def variables(template: run_v2.RevisionTemplate) -> dict[str, str]:
    """Each variable with its value, or its secret and the version it is pinned to."""
    found = {}
    for variable in template.containers[0].env:
        reference = variable.value_source.secret_key_ref
        found[variable.name] = (
            f"{reference.secret}:{reference.version}" if reference.secret else variable.value
        )
    return found


def test_without_an_overlay_only_the_image_changes(cloud: Endpoints) -> None:
    made = made_of(overlaid(cloud))
    container = made.containers[0]
    assert (made.revision, container.image) == ("app-2", IMAGE)
    assert (made.scaling.min_instance_count, made.scaling.max_instance_count) == (1, 4)
    assert made.vpc_access.connector == "projects/p/locations/l/connectors/c"
    assert made.timeout.total_seconds() == 120
    assert made.service_account == "app@p.iam.gserviceaccount.com"
    assert made.max_instance_request_concurrency == 20
    assert made.session_affinity
    assert (list(container.command), list(container.args)) == (["serve"], ["--fast"])
    assert dict(container.resources.limits) == {"cpu": "2", "memory": "1Gi"}
    assert container.resources.cpu_idle
    assert (container.ports[0].name, container.ports[0].container_port) == ("h2c", 9000)


def test_what_the_platform_noted_on_the_baseline_is_left_out(cloud: Endpoints) -> None:
    made = made_of(overlaid(cloud))
    assert dict(made.labels) == {"team": "search"}
    assert dict(made.annotations) == {"note": "theirs"}


def test_every_secret_is_pinned_to_a_number_however_the_baseline_names_it(cloud: Endpoints) -> None:
    assert variables(made_of(overlaid(cloud))) == {
        "MODE": "live",
        "OLD": "1",
        "TOKEN": "token:3",
        "SHARED": "projects/42/secrets/shared:8",
    }


def test_the_overlay_sets_removes_and_replaces_variables(cloud: Endpoints) -> None:
    env = overlaid(
        cloud, env={"MODE": "test", "OLD": None, "TOKEN": "none"}, secrets={"SHARED": "fresh", "NEW": "token"}
    )
    assert variables(made_of(env)) == {
        "MODE": "test",
        "TOKEN": "none",
        "SHARED": "fresh:1",
        "NEW": "token:3",
    }


def test_removing_what_is_not_there_is_done(cloud: Endpoints) -> None:
    assert "GONE" not in variables(made_of(overlaid(cloud, env={"GONE": None}, secrets={"LOST": None})))


def test_a_secret_in_a_file_is_pinned_too(cloud: Endpoints, env: Environment) -> None:
    volumes = [
        {"name": "whole", "secret": {"secret": "token"}},
        {"name": "some", "secret": {"secret": "fresh", "items": [{"path": "key", "version": "latest"}]}},
        {"name": "scratch", "emptyDir": {"sizeLimit": "1Mi"}},
    ]
    made = made_of(overlaid(cloud), revision(volumes=volumes))
    pinned = {
        volume.name: [(item.path, item.version) for item in volume.secret.items] for volume in made.volumes
    }
    assert pinned == {"whole": [("token", "3")], "some": [("key", "1")], "scratch": []}


def test_the_overlay_sets_what_it_names_and_nothing_else(cloud: Endpoints) -> None:
    env = overlaid(
        cloud,
        cpu="4",
        concurrency=50,
        min_instances=0,
        max_instances=9,
        timeout="30s",
        service_account="other@p.iam.gserviceaccount.com",
    )
    made = made_of(env)
    assert dict(made.containers[0].resources.limits) == {"cpu": "4", "memory": "1Gi"}
    assert made.max_instance_request_concurrency == 50
    assert (made.scaling.min_instance_count, made.scaling.max_instance_count) == (0, 9)
    assert made.timeout.total_seconds() == 30
    assert made.service_account == "other@p.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("startup", "path", "seconds"),
    [
        pytest.param({"within": "60s"}, None, 60, id="an open port"),
        pytest.param({"path": "/health", "within": "60s"}, "/health", 60, id="a path"),
        pytest.param({"within": "4s"}, None, 10, id="at least one try"),
    ],
)
def test_a_start_is_given_its_time(
    cloud: Endpoints, startup: dict[str, str], path: str | None, seconds: int
) -> None:
    probe = made_of(overlaid(cloud, startup=startup)).containers[0].startup_probe
    assert probe.period_seconds * probe.failure_threshold == seconds
    assert (probe.http_get.path or None) == path
    assert (probe.http_get.port or probe.tcp_socket.port) == 9000, "the container's own port"


def test_a_first_revision_is_made_of_the_overlay_alone(cloud: Endpoints) -> None:
    env = overlaid(cloud, memory="512Mi", env={"MODE": "first"}, secrets={"TOKEN": "token"})
    made = template_for(env, None, revision="app-1", image=IMAGE, secrets=PINS)
    assert dict(made.containers[0].resources.limits) == {"memory": "512Mi"}
    assert variables(made) == {"MODE": "first", "TOKEN": "token:3"}


# What equals what


def own(cloud: Endpoints, env: Environment, template: dict[str, Any]) -> Environment:
    return environment(cloud, env.name, over={"service": {"template": template}})


def by_anybody(env: Environment, http: httpx.Client, template: dict[str, Any]) -> str:
    """A service as gcloud makes one: the API's defaults for all that is not said; its revision."""
    parent = full_name(env).rpartition("/services")[0]
    http.post(
        f"/v2/{parent}/services?serviceId={env.service.name}", json={"template": template}
    ).raise_for_status()
    name: str = http.get(f"/v2/{full_name(env)}").json()["latestCreatedRevision"].rpartition("/")[2]
    ready(env, name)
    return name


@pytest.mark.parametrize(
    "container",
    [
        pytest.param({}, id="with nothing but its image"),
        pytest.param({"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]}, id="unsorted"),
        pytest.param({"env": [{"name": "EMPTY", "value": ""}]}, id="an empty variable"),
        pytest.param({"env": [{"name": "EMPTY"}]}, id="an empty variable, as the API shows it"),
        pytest.param({"resources": {"limits": {"cpu": "1", "memory": "256Mi"}}}, id="with limits"),
        pytest.param({"resources": {"cpuIdle": False}, "command": []}, id="with what is empty"),
    ],
)
def test_a_revision_made_by_anybody_equals_one_that_would_be_like_it(
    env: Environment, image: str, http: httpx.Client, container: dict[str, Any]
) -> None:
    name = by_anybody(env, http, {"containers": [{"image": image, **container}], "scaling": {}})
    assert fingerprint_of(env, name) == fingerprint(env, image=image, secrets={}, like=name)


OVERLAY: dict[str, Any] = {
    "cpu": "1",
    "memory": "512Mi",
    "min_instances": 0,
    "max_instances": 3,
    "timeout": "60s",
    "startup": {"path": "/health", "within": "20s"},
    "env": {"MODE": "live", "EMPTY": ""},
    "secrets": {"TOKEN": "slack-bot-token"},
}


def test_a_revision_that_we_made_equals_the_one_that_would_be_made_again(
    cloud: Endpoints, env: Environment, service: str, image: str
) -> None:
    """However the platform completed it: else each deploy of the same would be a change."""
    env = own(cloud, env, OVERLAY)
    second = f"{env.service.name}-two"
    pins = {"slack-bot-token": "1"}
    create_revision(
        env,
        revision=second,
        image=image,
        secrets=pins,
        like=service,
        traffic=split({service: 100}, {}),
        annotations={},
    )
    ready(env, second)
    again = fingerprint(env, image=image, secrets=pins, like=second)
    assert fingerprint_of(env, second) == again
    assert fingerprint(env, image=image, secrets=pins, like=service) == again, "so its name derives from it"


def test_the_order_in_which_things_are_said_makes_no_difference(
    cloud: Endpoints, env: Environment, service: str, image: str
) -> None:
    names = {"A": "1", "B": "2", "C": "3"}
    one = own(cloud, env, {"env": names})
    other = own(cloud, env, {"env": dict(reversed(names.items()))})
    assert fingerprint(one, image=image, secrets={}, like=service) == fingerprint(
        other, image=image, secrets={}, like=service
    )


@pytest.mark.parametrize(
    ("overlay", "pins"),
    [
        pytest.param({**OVERLAY, "memory": "1Gi"}, {"slack-bot-token": "1"}, id="more memory"),
        pytest.param({**OVERLAY, "env": {"MODE": "test"}}, {"slack-bot-token": "1"}, id="another variable"),
        pytest.param(OVERLAY, {"slack-bot-token": "2"}, id="a newer version of a secret"),
        pytest.param({**OVERLAY, "timeout": "61s"}, {"slack-bot-token": "1"}, id="another time-out"),
    ],
)
def test_whatever_differs_makes_another_revision(
    cloud: Endpoints,
    env: Environment,
    service: str,
    image: str,
    overlay: dict[str, Any],
    pins: dict[str, str],
) -> None:
    before = fingerprint(
        own(cloud, env, OVERLAY), image=image, secrets={"slack-bot-token": "1"}, like=service
    )
    assert fingerprint(own(cloud, env, overlay), image=image, secrets=pins, like=service) != before


def test_another_image_makes_another_revision(env: Environment, service: str, image: str) -> None:
    assert fingerprint(env, image=IMAGE, secrets={}, like=service) != fingerprint_of(env, service)
    assert fingerprint(env, image=image, secrets={}, like=service) == fingerprint_of(env, service)


def test_the_secrets_needed_are_the_kept_and_the_overlaid(
    cloud: Endpoints, env: Environment, image: str, http: httpx.Client
) -> None:
    names = {kind: f"{env.name}-{kind}" for kind in ("kept", "replaced", "removed", "added")}
    for name in names.values():
        plain_secret(http, cloud.project, name, "x")
    references = [
        {"name": kind.upper(), "valueSource": {"secretKeyRef": {"secret": names[kind], "version": "latest"}}}
        for kind in ("kept", "replaced", "removed")
    ]
    like = by_anybody(env, http, {"containers": [{"image": image, "env": references}]})
    env = own(
        cloud,
        env,
        {"env": {"REPLACED": "plain"}, "secrets": {"REMOVED": None, "ADDED": names["added"]}},
    )
    assert secrets_needed(env, like) == {names["kept"], names["added"]}
    assert secrets_needed(env, None) == {names["added"]}
