"""Environment files: what is wrong with one is said at once, each fault with its place and its remedy."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from clients.environment import Environment
from clients.environment_files import environments, load_environment
from domain.refusal import Problem, Refused
from tests.conftest import ROOT
from tests.environments import laid_over

NAME = "shop"
HEALTHY = {"name": "healthy", "path": "/health"}
WHOLE: dict[str, Any] = {
    "project": "sandbox-project",
    "region": "us-central1",
    "state": "muster-state",
    "vault": "muster-vault",
    "service": {"name": "shop", "repository": "us-docker.pkg.dev/p/muster/shop", "smoke": [HEALTHY]},
}
DATABASE = {"instance": "shop-db", "name": "shop", "credentials": "muster-database-url"}

Write = Callable[[str | bytes], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSTER_ENVIRONMENTS", str(tmp_path))
    monkeypatch.delenv("MUSTER_ENDPOINTS", raising=False)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    def write(text: str | bytes) -> None:
        (folder / f"{NAME}.yaml").write_bytes(text.encode() if isinstance(text, str) else text)

    return write


def file(over: dict[str, Any] | None = None, without: str = "") -> str:
    content = laid_over(WHOLE, over or {})
    return yaml.safe_dump({key: content[key] for key in content if key != without}, sort_keys=False)


def problems() -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        load_environment(NAME)
    return refused.value.problems


def under(*keys: str, value: Any) -> dict[str, Any]:
    """{"a": {"b": value}}"""
    for key in reversed(keys):
        value = {key: value}
    return dict(value)


def smoke(**over: Any) -> dict[str, Any]:
    return under("service", "smoke", value=[HEALTHY | over])


def template(**over: Any) -> dict[str, Any]:
    return under("service", "template", value=over)


def canary(**over: Any) -> dict[str, Any]:
    return {"canary": over}


def test_a_whole_file_is_an_environment(write: Write) -> None:
    write(file({"database": DATABASE, "canary": {"hold": "8s", "look_every": "500 ms"}, "lease": "1.5m"}))
    env = load_environment(NAME)
    assert (env.name, env.service.name) == (NAME, "shop")
    assert (env.canary.hold, env.canary.look_every) == (timedelta(seconds=8), timedelta(milliseconds=500))
    assert env.lease == timedelta(seconds=90)


def test_what_is_shipped_can_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUSTER_ENVIRONMENTS", str(ROOT / "deployments" / "environments"))
    endpoints = tmp_path / "endpoints.json"
    endpoints.write_text(json.dumps({"google": "http://127.0.0.1:1", "slack": "http://127.0.0.1:1/slack"}))
    monkeypatch.setenv("MUSTER_ENDPOINTS", str(endpoints))
    assert environments()
    for name in environments():
        load_environment(name)


@pytest.mark.parametrize(
    ("over", "of"),
    [
        pytest.param(template(cpu=2), lambda env: env.service.template.cpu == "2", id="CPUs as a number"),
        pytest.param(
            template(secrets={"URL": "SHOP_URL", "KEY": "projects/other-project/secrets/key"}),
            lambda env: len(env.service.template.secrets) == 2,
            id="secrets in capitals, and of another project",
        ),
        pytest.param(
            {"endpoints": {"google": "http://localhost:80/"}},
            lambda env: env.endpoints.google == "http://localhost:80",
            id="an address that ends in a slash",
        ),
        pytest.param({"project": "example.com:my-shop"}, lambda _: True, id="an organisation's project"),
        pytest.param({"endpoints": None}, lambda env: env.endpoints.google == "", id="endpoints left empty"),
    ],
)
def test_what_the_vendors_take_is_taken(
    write: Write, over: dict[str, Any], of: Callable[[Environment], bool]
) -> None:
    write(file(over))
    assert of(load_environment(NAME))


@pytest.mark.parametrize(
    ("over", "what", "remedy"),
    [
        pytest.param(
            canary(hodl="8s"), "canary.hodl: there is no such key", "did you mean hold?", id="a typo"
        ),
        pytest.param(
            {"servise": {}}, "servise: there is no such key", "did you mean service?", id="a typo at the top"
        ),
        pytest.param(
            smoke(retries=3),
            "service.smoke[0].retries: there is no such key",
            "leave it out, or write one of name, path, method",
            id="an unknown key",
        ),
        pytest.param(
            {"name": "x"}, "name: there is no such key", "leave it out", id="a name, which is the file's"
        ),
        pytest.param({7: "x"}, "there is no such key", "leave it out", id="a key that is a number"),
        pytest.param(
            canary(hold=8), "canary.hold: 8 has no unit", "write 8s, 8m, 8h or 8d", id="a length with no unit"
        ),
        pytest.param(
            canary(hold="8 sec"),
            "canary.hold: '8 sec' is no length of time",
            "write a number and ms, s, m, h or d, such as 90s",
            id="a length with a wrong unit",
        ),
        pytest.param(
            canary(hold="soon"), "'soon' is no length of time", "such as 90s", id="a length that is a word"
        ),
        pytest.param(
            canary(hold="-8s"), "'-8s' is no length of time", "such as 90s", id="a length below nothing"
        ),
        pytest.param(canary(hold="0s"), "no time at all is too short", "write more than 0s", id="no hold"),
        pytest.param(canary(hold=None), "nothing is no length of time", "such as 90s", id="an empty length"),
        pytest.param(
            template(memory="512MB"),
            "service.template.memory: '512MB' is not an amount of memory",
            "such as 512Mi",
            id="memory with a wrong unit",
        ),
        pytest.param(
            template(memory=512), "'512' is not an amount of memory", "512Mi", id="memory with no unit"
        ),
        pytest.param(
            template(cpu="2 cores"), "is not a number of CPUs", "1, 2 or 500m", id="CPUs with a unit"
        ),
        pytest.param(
            canary(steps=[10, 50, 25]),
            "canary.steps: steps rise, and 50 is followed by 25",
            "write [10, 25, 50]",
            id="steps that do not rise",
        ),
        pytest.param(canary(steps=[10, 10]), "10 is followed by 10", "write [10]", id="a step twice"),
        pytest.param(
            canary(steps=[10, 100]),
            "canary.steps[1]: 100 will not do",
            "write 99 or less",
            id="a step of all",
        ),
        pytest.param(
            canary(steps=["10 %"]),
            "canary.steps[0]: '10 %' will not do",
            "write a whole number",
            id="a step's %",
        ),
        pytest.param(canary(steps=[]), "canary.steps: [] will not do", "write at least one", id="no steps"),
        pytest.param(
            canary(steps=50), "canary.steps: 50 will not do", "write a list", id="steps, not a list"
        ),
        pytest.param(
            canary(when_inconclusive="rollback"),
            "canary.when_inconclusive: 'rollback' will not do",
            "write roll_back, hold or promote",
            id="an unknown policy",
        ),
        pytest.param(
            canary(alpha=5),
            "canary.alpha: 5 will not do",
            "write less than 0.5",
            id="a percentage where a probability is wanted",
        ),
        pytest.param(
            {"lease": "2s"}, "lease: a lease is renewed", "write 5s or more", id="too short a lease"
        ),
        pytest.param(
            under("service", "name", value="Shop_API"),
            "service.name: 'Shop_API' is not a service's name",
            "write lower case letters, digits and dashes, beginning with a letter, 49 characters at most",
            id="a service name that is not one",
        ),
        pytest.param(
            under("service", "name", value="s" * 50),
            "is not a service's name",
            "49 characters",
            id="too long",
        ),
        pytest.param(
            under("service", "name", value=42), "42 is not a text", 'write it in quotes: "42"', id="a number"
        ),
        pytest.param(
            under("service", "repository", value="us-docker.pkg.dev/p/muster/shop:latest"),
            "service.repository: 'us-docker.pkg.dev/p/muster/shop:latest' is not a place for images",
            "without a tag",
            id="a repository with a tag",
        ),
        pytest.param(
            {"service": "shop"}, "service: 'shop' will not do", "keys and their values beneath it", id="flat"
        ),
        pytest.param(
            {"service": None}, "service: nothing is written there", "fill it in", id="a part left empty"
        ),
        pytest.param(
            under("service", "smoke", value=[]),
            "service.smoke: [] will not do",
            "at least one",
            id="no checks",
        ),
        pytest.param(
            smoke(path="health"),
            "service.smoke[0].path: 'health' will not do",
            "write it beginning with /",
            id="a path without its slash",
        ),
        pytest.param(
            smoke(method="FETCH"), "'FETCH' will not do", "write GET, POST, PUT", id="an unknown method"
        ),
        pytest.param(
            smoke(path="/documents/{id}"),
            "service.smoke: check 'healthy' uses {id}, which no check before it remembers",
            "remember it there, or use one of: unique",
            id="a name that no check remembers",
        ),
        pytest.param(
            under("service", "smoke", value=[HEALTHY, HEALTHY]),
            "two checks are called 'healthy'",
            "give each a name of its own",
            id="two checks of one name",
        ),
        pytest.param(
            smoke(body={"on": yaml.safe_load("2026-11-22")}),
            "service.smoke[0].body: JSON knows no date",
            "write it in quotes",
            id="a date, which JSON does not know",
        ),
        pytest.param(
            template(timeout="2h"), "Cloud Run cuts requests after an hour", "1h or less", id="a long timeout"
        ),
        pytest.param(
            template(min_instances=5, max_instances=2),
            "service.template: min_instances 5 is more than max_instances 2",
            "write 2 or less",
            id="more at least than at most",
        ),
        pytest.param(
            template(env={"URL": "x"}, secrets={"URL": "y"}),
            "service.template: URL is both under env and under secrets",
            "keep one of them",
            id="a variable twice",
        ),
        pytest.param(
            template(env={"LIMIT": 8080}),
            "service.template.env.LIMIT: 8080 is not a text",
            'write it in quotes: "8080"',
            id="a variable that is a number",
        ),
        pytest.param(
            template(secrets={"URL": "shop-url:latest"}),
            "service.template.secrets.URL: 'shop-url:latest' is not a secret's name",
            "without a version",
            id="a secret with its version",
        ),
        pytest.param(
            {"database": {"instance": "shop-db"}},
            "database.name: it is missing",
            "add it (the database's name on the instance)",
            id="half a database",
        ),
        pytest.param(
            {"database": {**DATABASE, "instance": "sandbox-project:us-central1:shop-db"}},
            "database.instance: 'sandbox-project:us-central1:shop-db' is not a Cloud SQL instance's name",
            "write the name alone",
            id="a connection name",
        ),
        pytest.param(
            {"database": {**DATABASE, "migration": {"lock_timeout": "0s"}}},
            "database.migration.lock_timeout: no time at all",
            "write more than 0s",
            id="a time-out of nothing, which PostgreSQL takes for none",
        ),
        pytest.param(
            {"database": {**DATABASE, "migration": {"command": "alembic -c x.ini"}}},
            "database.migration.command: 'alembic -c x.ini' will not do",
            "write a list",
            id="a command as one text",
        ),
        pytest.param({"region": "us-central1-a"}, "is not a region", "without a zone", id="a zone"),
        pytest.param(
            {"state": "gs://muster-state"}, "is not a bucket's name", "without gs://", id="an address"
        ),
        pytest.param({"project": "123456"}, "is not a project's id", "number", id="a project's number"),
        pytest.param(
            {"endpoints": {"google": "localhost:80"}},
            "endpoints.google: 'localhost:80' is not an address",
            "write http://HOST:PORT",
            id="an endpoint without its scheme",
        ),
        pytest.param(
            {"links": {"record": "https://x/{file}"}},
            "links.record: nothing is known for {file}",
            "write {bucket}, {object} or {google}",
            id="an unknown place in a link",
        ),
    ],
)
def test_one_fault_is_one_sentence_with_its_place_and_its_remedy(
    write: Write, over: dict[str, Any], what: str, remedy: str
) -> None:
    write(file(over))
    found = problems()[0]
    assert found.what.startswith(f"{NAME}.yaml")
    assert what in found.what
    assert remedy in found.remedy
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    "over", [canary(steps=[10, 10]), smoke(path="health"), {"state": "gs://x"}, canary(hold=8)]
)
def test_one_fault_is_one_problem(write: Write, over: dict[str, Any]) -> None:
    write(file(over))
    assert len(problems()) == 1


@pytest.mark.parametrize("key", sorted(WHOLE))
def test_what_is_missing_is_named(write: Write, key: str) -> None:
    write(file(without=key))
    [found] = problems()
    assert found.what == f"{NAME}.yaml: {key}: it is missing"
    assert found.remedy.startswith("add it")


def test_all_faults_are_named_at_once_in_the_file_s_order(write: Write) -> None:
    over = {"region": "us-central1-a", "canary": {"hodl": "8s", "steps": [50, 10]}, "lease": 5}
    write(file(laid_over(under("service", "name", value="Shop"), over), without="state"))
    places = [found.what.rpartition(": ")[0].removeprefix(f"{NAME}.yaml") for found in problems()]
    assert places == [
        ": state",
        ", line 2: region",
        ", line 5: service.name",
        ", line 11: canary.hodl",
        ", line 12: canary.steps",
        ", line 15: lease",
    ]


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        pytest.param(
            "project: x\n\tregion: y\n",
            "shop.yaml, line 2: it is not YAML: found character '\\t'",
            "mend it",
            id="a tab",
        ),
        pytest.param(
            "project: a: b\n", "shop.yaml, line 1: it is not YAML", "want quotes", id="a colon too many"
        ),
        pytest.param("project: @x\n", "shop.yaml, line 1: it is not YAML", "want quotes", id="an at sign"),
        pytest.param(
            "a: !!python/object:os.system x", "line 1: it is not YAML", "mend it", id="a tag with a threat"
        ),
        pytest.param("a: 1\n---\nb: 2\n", "it is not YAML", "mend it", id="two documents"),
        pytest.param("", "shop.yaml: it is no environment", "project, region", id="nothing"),
        pytest.param("# later\n", "shop.yaml: it is no environment", "project, region", id="a comment alone"),
        pytest.param("- a\n- b\n", "shop.yaml: it is no environment", "project, region", id="a list"),
        pytest.param("hello", "shop.yaml: it is no environment", "project, region", id="a word"),
        pytest.param(b"\xff\xfe\x00", "it cannot be read", "make it a text file", id="no text"),
        pytest.param(
            file() + "canary: {hold: 1m}\ncanary: {hold: 9m}\n",
            "line 12: canary: it is there twice",
            "keep one of them",
            id="a key twice",
        ),
    ],
)
def test_what_is_no_environment_at_all_is_said_so(
    write: Write, text: str | bytes, what: str, remedy: str
) -> None:
    write(text)
    [found] = problems()
    assert what in found.what
    assert remedy in found.remedy


def test_an_unknown_environment_is_answered_with_those_there_are(folder: Path, write: Write) -> None:
    write(file())
    (folder / "staging.yaml").write_text(file())
    with pytest.raises(Refused) as refused:
        load_environment("shopp")
    [found] = refused.value.problems
    assert found.what == f"environment 'shopp': there is no shopp.yaml in {folder}"
    assert found.remedy == "did you mean shop? there are: shop, staging"


@pytest.mark.parametrize("name", ["../shop", "", "*"])
def test_a_name_is_not_a_path(write: Write, name: str) -> None:
    write(file())
    with pytest.raises(Refused, match="there are: shop"):
        load_environment(name)


def test_where_there_are_none_one_is_told_where_they_are_looked_for(folder: Path) -> None:
    [found] = problems()
    assert str(folder) in found.what
    assert "MUSTER_ENVIRONMENTS" in found.remedy


def test_a_sandbox_that_is_not_running_is_said_so(write: Write) -> None:
    write(file({"endpoints": "endpoints.json"}))
    [found] = problems()
    assert "shop.yaml, line 11: endpoints: " in found.what
    assert found.what.endswith("endpoints.json is not there")
    assert "make sandbox" in found.remedy


@pytest.mark.parametrize("content", ["", "[]", '{"google": "http://x"}'])
def test_endpoints_that_are_none_are_said_so(folder: Path, write: Write, content: str) -> None:
    write(file({"endpoints": "endpoints.json"}))
    (folder / "endpoints.json").write_text(content)
    [found] = problems()
    assert found.what.endswith("endpoints.json names no endpoints")
    assert "google" in found.remedy
