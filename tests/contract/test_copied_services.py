"""What is made from a set's copy of a service: as it was, but for what is production's."""

from pathlib import Path
from typing import Any

import pytest

from clients.copied_services import planned_variables, secrets_needed_by_copy, template_from_copy
from clients.environment import Environment
from clients.errors import Rejected
from clients.revision_variables import variables_of_copy
from tasks.bindings import binding_problems
from tasks.target_services import one_instance
from tasks.targets import target_of
from tests.conftest import Endpoints
from tests.environments import environment, laid_over

NOWHERE = Endpoints(
    home=Path("/nowhere"), google="http://127.0.0.1:1", console="", slack="http://127.0.0.1:1/slack",
    project="shop-1234", region="us-central1",
)  # fmt: skip
BINDING = {
    "variable": "DATABASE_URL",
    "user": "app",
    "address": "postgresql://{user}:{password}@/{database}?host=/cloudsql/{connection}",
}
OVER: dict[str, Any] = {
    "service": {"template": {"secrets": {"DATABASE_URL": "orders-database", "API_KEY": "orders-key"}}},
    "database": {"instance": "orders-db", "name": "o", "credentials": "orders-muster", "binding": BINDING},
    "search": {
        "credentials": "orders-muster-search", "indices": ["orders"], "repository": "vault",
        "binding": "SEARCH_URL",
    },
    "drill": {"search": "drill-search", "service": {"secrets": {"API_KEY": "drill-key"}}},
}  # fmt: skip


def variable(name: str, secret: str = "", value: str = "") -> dict[str, Any]:
    if not secret:
        return {"name": name, "value": value}
    return {"name": name, "valueSource": {"secretKeyRef": {"secret": secret, "version": "3"}}}


def copy(*variables: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A set's configuration/service.json."""
    revision = {
        "name": "projects/p/locations/r/services/orders/revisions/orders-1",
        "labels": {"team": "shop"},
        "scaling": {"minInstanceCount": 2, "maxInstanceCount": 40},
        "serviceAccount": "orders@p",
        "vpcAccess": {"connector": "c"},
        "containers": [{"image": "example.com/orders@sha256:0", "env": list(variables)}],
        **over,
    }
    return {"service": {"name": "projects/p/locations/r/services/orders"}, "revisions": [revision]}


USUAL = (
    variable("DATABASE_URL", "orders-database"),
    variable("SEARCH_URL", "projects/p/secrets/orders-search"),
    variable("API_KEY", "orders-key"),
    variable("MODE", value="live"),
)


def env(**over: Any) -> Environment:
    return environment(NOWHERE, "orders", over=laid_over(OVER, over))


def test_what_is_bound_or_given_another_is_no_problem() -> None:
    assert binding_problems(env(), copy(*USUAL)) == []


@pytest.mark.parametrize(
    ("over", "service", "said"),
    [
        pytest.param(
            {},
            copy(*USUAL, variable("MAIL", "mail-key")),
            "MAIL comes from the secret mail-key, which is production's",
            id="a secret that nobody spoke of",
        ),
        pytest.param(
            {"service": {"template": {"secrets": {"NEWER": "newer-key"}}}},
            copy(*USUAL),
            "NEWER comes from the secret newer-key",
            id="one that the environment lays over it",
        ),
        pytest.param(
            {"search": {"binding": ""}},
            copy(*USUAL),
            "SEARCH_URL comes from the secret projects/p/secrets/orders-search",
            id="a search whose variable is not named",
        ),
        pytest.param(
            {"drill": {"service": {"secrets": {"API_KEY": "orders-key"}}}},
            copy(*USUAL),
            "drill.service.secrets gives API_KEY orders-key, which is production's",
            id="production's own, called the drill's",
        ),
        pytest.param(
            {"drill": {"service": {"secrets": {"API_KEY": "orders-muster"}}}},
            copy(*USUAL),
            "drill.service.secrets gives API_KEY orders-muster",
            id="Muster's own login",
        ),
        pytest.param(
            {},
            copy(*USUAL, volumes=[{"name": "certificates", "secret": {"secret": "orders-tls"}}]),
            "the volume certificates holds the secret orders-tls",
            id="a file",
        ),
        pytest.param(
            {},
            copy(*USUAL, containers=[{"env": list(USUAL)}, {"name": "proxy"}]),
            "the service runs proxy beside it",
            id="another container",
        ),
        pytest.param(
            {},
            copy(
                *USUAL,
                volumes=[
                    {
                        "name": "s",
                        "cloudSqlInstance": {
                            "instances": ["shop-1234:us-central1:orders-db", "shop-1234:us-central1:b"]
                        },
                    }
                ],
            ),
            "the service has a socket to shop-1234:us-central1:b",
            id="another database",
        ),
    ],
)
def test_what_a_drill_would_take_from_production_is_named(
    over: dict[str, Any], service: dict[str, Any], said: str
) -> None:
    (problem,) = binding_problems(env(**over), service)
    assert said in problem.what
    assert problem.remedy


@pytest.mark.parametrize(
    "service",
    [
        pytest.param({"env": {"MAIL": "none"}}, id="by a plain value"),
        pytest.param({"secrets": {"MAIL": "drill-mail"}}, id="by a secret of its own"),
        pytest.param({"env": {"MAIL": None}}, id="by leaving it out"),
        pytest.param({"secrets": {"MAIL": None}}, id="by leaving the secret out"),
    ],
)
def test_each_can_be_answered(service: dict[str, Any]) -> None:
    given = {"drill": {"service": service}}
    assert binding_problems(env(**given), copy(*USUAL, variable("MAIL", "mail-key"))) == []


def test_the_template_is_the_copy_s_with_what_is_the_drill_s() -> None:
    target = target_of(env(drill={"service": {"env": {"MAIL": None}}}), "7")
    reached = {"name": "s", "cloudSqlInstance": {"instances": ["shop-1234:us-central1:orders-db"]}}
    mount = [{"name": "s", "mountPath": "/cloudsql"}]
    container = {
        "env": [*USUAL, variable("MAIL", "mail-key")],
        "volumeMounts": mount,
        "args": ["--port", "80"],
    }
    service = copy(volumes=[reached], containers=[container])
    drill = one_instance(target.env)
    assert secrets_needed_by_copy(drill, service) == {"drill-7-database-url", "drill-search", "drill-key"}
    pins = dict.fromkeys(secrets_needed_by_copy(drill, service), "1")
    made = template_from_copy(
        drill,
        service,
        revision="drill-7-1",
        image="example.com/orders@sha256:1",
        secrets=pins,
        connections={"shop-1234:us-central1:orders-db": "shop-1234:us-central1:drill-7"},
    )
    assert (made.revision, made.containers[0].image) == ("drill-7-1", "example.com/orders@sha256:1")
    assert (made.scaling.min_instance_count, made.scaling.max_instance_count) == (0, 1)
    assert (made.service_account, made.vpc_access.connector) == ("orders@p", "c")
    assert dict(made.labels) == {"team": "shop"}
    assert list(made.volumes[0].cloud_sql_instance.instances) == ["shop-1234:us-central1:drill-7"]
    given = {each.name: each.secret or each.value for each in planned_variables(drill, service, pins)}
    assert given == {
        "its command": "--port 80",
        "DATABASE_URL": "drill-7-database-url",
        "SEARCH_URL": "drill-search",
        "API_KEY": "drill-key",
        "MODE": "live",
    }


def test_a_copy_of_what_never_served_is_refused() -> None:
    with pytest.raises(Rejected, match="no revision that served"):
        variables_of_copy({"service": {}, "revisions": []})
