"""Services, revisions and traffic, as a deploy meets them."""

from typing import Any

import httpx
import pytest

from clients.cloud_run import (
    create_revision,
    create_service,
    full_name,
    list_revisions,
    read_revision,
    read_service,
    set_traffic,
)
from clients.environment import Environment
from clients.errors import AlreadyThere, Rejected
from domain.service import Service
from domain.traffic import Split, Target, split
from tests.contract.conftest import Faults, ready
from tests.processes import wait_until


def found(env: Environment) -> Service:
    service = read_service(env)
    assert service
    return service


def settled(env: Environment) -> Service:
    wait_until(lambda: found(env).settled, what="the service has settled")
    return found(env)


def served(env: Environment, wanted: Split) -> Service:
    wait_until(lambda: found(env).done(wanted), what=f"the split {wanted}")
    return found(env)


def document(env: Environment, http: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = http.get(f"/v2/{full_name(env)}").raise_for_status().json()
    return answer


def patch(env: Environment, http: httpx.Client, mask: str, body: dict[str, Any]) -> None:
    """A change by somebody else."""
    http.patch(f"/v2/{full_name(env)}?updateMask={mask}", json=body).raise_for_status()


def test_what_is_not_there_is_none(env: Environment) -> None:
    assert read_service(env) is None
    assert read_revision(env, f"{env.service.name}-one") is None
    assert list_revisions(env) == {}


def test_a_service_is_created_with_all_traffic_on_a_revision_by_name(env: Environment, service: str) -> None:
    now = settled(env)
    assert now.name == env.service.name
    assert now.asked == now.served == split({service: 100}, {})
    assert now.annotations == {"theirs": "kept"}
    assert now.latest_created == service
    assert httpx.get(f"{now.uri}/health").json() == {"ok": True, "revision": service}


def test_creating_it_again_after_a_lost_answer_is_done(env: Environment, image: str, faults: Faults) -> None:
    faults.add("drop_answer", "serviceId=", "POST")
    create_service(
        env, revision=f"{env.service.name}-one", image=image, secrets={}, annotations={"mine": "1"}
    )
    assert faults.met == 1
    assert found(env).annotations == {"mine": "1"}


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param({}, id="that nobody has marked"),
        pytest.param({"theirs": "1"}, id="that is marked theirs"),
    ],
)
def test_a_service_of_somebody_elses_is_not_taken_for_ours(
    env: Environment, image: str, annotations: dict[str, str]
) -> None:
    name = f"{env.service.name}-one"
    create_service(env, revision=name, image=image, secrets={}, annotations=annotations)
    with pytest.raises(AlreadyThere, match=f"{env.service.name}: creating it: .*already exists"):
        create_service(env, revision=name, image=image, secrets={}, annotations={"mine": "1"})


def test_a_revision_is_created_without_traffic_at_an_address_of_its_own(
    env: Environment, service: str, image: str
) -> None:
    second = f"{env.service.name}-two"
    wanted = split({service: 100}, {"canary": second})
    create_revision(
        env, revision=second, image=image, secrets={}, like=service, traffic=wanted, annotations={"mine": "1"}
    )
    ready(env, second)
    now = served(env, wanted)
    assert now.annotations == {"mine": "1"}
    assert httpx.get(f"{now.tag_uris['canary']}/health").json()["revision"] == second
    assert httpx.get(f"{now.uri}/health").json()["revision"] == service
    assert list(list_revisions(env)) == [second, service], "newest first"


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(None, id="and the platform takes the second call as the first"),
        pytest.param(409, id="and the platform says that there is such a revision"),
    ],
)
def test_a_lost_answer_makes_no_second_revision(
    env: Environment, service: str, image: str, faults: Faults, then: int | None
) -> None:
    """That it may say so was seen: https://github.com/googleapis/google-cloud-python/issues/14259."""
    second = f"{env.service.name}-two"
    faults.add("drop_answer", f"services/{env.service.name}", "PATCH")
    if then:
        text = f"Revision named '{second}' with different configuration already exists."
        faults.add("refuse", f"services/{env.service.name}", "PATCH", status=then, message=text)
    wanted = split({service: 100}, {"canary": second})
    create_revision(
        env, revision=second, image=image, secrets={}, like=service, traffic=wanted, annotations={}
    )
    ready(env, second)
    served(env, wanted)
    assert faults.met == (2 if then else 1)
    assert set(list_revisions(env)) == {service, second}


def test_a_revision_of_that_name_that_is_made_otherwise_is_refused(
    env: Environment, service: str, image: str
) -> None:
    env = env.model_copy(
        update={
            "service": env.service.model_copy(
                update={"template": env.service.template.model_copy(update={"env": {"MODE": "other"}})}
            )
        }
    )
    with pytest.raises(AlreadyThere, match=f"{service}: creating it: .*different configuration"):
        create_revision(
            env,
            revision=service,
            image=image,
            secrets={},
            like=service,
            traffic=split({service: 100}, {}),
            annotations={},
        )


def test_a_revision_that_cannot_start_says_why(env: Environment, service: str) -> None:
    second = f"{env.service.name}-two"
    create_revision(
        env,
        revision=second,
        image="example.com/no/such@sha256:" + "0" * 64,
        secrets={},
        like=service,
        traffic=split({service: 100}, {}),
        annotations={},
    )
    wait_until(lambda: list_revisions(env)[second].failed)
    bad = list_revisions(env)[second]
    assert not bad.ready
    assert "not found" in bad.reason
    now = settled(env)
    assert now.served == split({service: 100}, {}), "what served before serves on"


def test_a_first_revision_that_never_started_leaves_no_split(env: Environment, http: httpx.Client) -> None:
    """`LATEST` of a service that has no ready revision means none at all."""
    parent = full_name(env).rpartition("/services")[0]
    template = {"containers": [{"image": "example.com/no/such:thing"}]}
    http.post(f"/v2/{parent}/services?serviceId={env.service.name}", json={"template": template})
    now = settled(env)
    assert now.asked is None
    assert now.served is None


def test_latest_is_read_as_the_revision_that_it_means(
    env: Environment, service: str, http: httpx.Client
) -> None:
    latest = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}
    patch(env, http, "traffic", {"traffic": [latest]})
    now = settled(env)
    assert now.asked == now.served == Split((Target(service, 100),))


def test_a_split_is_set_with_all_annotations_in_one_call(
    env: Environment, service: str, image: str, http: httpx.Client
) -> None:
    second = f"{env.service.name}-two"
    tagged = split({service: 100}, {"canary": second})
    create_revision(
        env, revision=second, image=image, secrets={}, like=service, traffic=tagged, annotations={"a": "1"}
    )
    ready(env, second)
    template = document(env, http)["template"]
    wanted = split({service: 70, second: 30}, {"canary": second})
    set_traffic(env, wanted, {"b": "2"}, served(env, tagged).etag)
    assert served(env, wanted).annotations == {"b": "2"}
    assert document(env, http)["template"] == template


def test_a_split_is_set_once_more_after_a_lost_answer(env: Environment, service: str, faults: Faults) -> None:
    faults.add("drop_answer", f"services/{env.service.name}", "PATCH")
    wanted = split({service: 100}, {"previous": service})
    set_traffic(env, wanted, {}, found(env).etag)
    assert faults.met == 1
    assert served(env, wanted).tag_uris.keys() == {"previous"}


def test_a_split_on_a_revision_that_is_not_there_comes_to_nothing(env: Environment, service: str) -> None:
    before = settled(env)
    set_traffic(env, split({f"{env.service.name}-gone": 100}, {}), {}, before.etag)
    now = settled(env)
    assert now.served == before.served
    assert not now.done(split({f"{env.service.name}-gone": 100}, {}))


@pytest.mark.lies
def test_what_the_api_refuses_is_told_with_its_words(env: Environment, service: str) -> None:
    with pytest.raises(Rejected, match=r"services.*|.*tag.*") as refused:
        set_traffic(env, split({service: 100}, {"Not A Tag": service}), {}, "")
    assert refused.value.what.startswith(f"{env.service.name}: setting its traffic to 100 % {service}: ")
    assert not refused.value.transient
