"""Bad input through the real command: a clear word with its remedy, exit code 2, and nothing touched."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from clients.cloud_run import create_service, read_service
from clients.environment import Environment
from tests.cli.conftest import Environments, command
from tests.conftest import Endpoints
from tests.environments import environment_content, laid_over
from tests.flows.runs import jobs, muster
from tests.processes import wait_until

DIGEST = "us-central1-docker.pkg.dev/sandbox-project/muster/t-bad@sha256:" + "0" * 64
BROKEN_MAP = "project: a: b\n"


@dataclass(frozen=True)
class Traces:
    """What a deploy could have touched."""

    etag: str
    builds: int
    state: frozenset[str]
    jobs: frozenset[str]


def traces(http: httpx.Client, env: Environment) -> Traces:
    service = read_service(env)
    builds = http.get(f"/v1/projects/{env.project}/locations/{env.region}/builds").json().get("builds", [])
    objects = http.get(f"/storage/v1/b/{env.state}/o").json().get("items", [])
    names = frozenset(f"{item['name']}#{item['generation']}" for item in objects)
    return Traces(service.etag if service else "", len(builds), names, frozenset(jobs(env)))


@pytest.fixture
def served(environment: Environments, image: str) -> Environment:
    """An environment whose service serves."""
    env = environment("t-bad")
    if read_service(env) is None:
        create_service(env, revision="t-bad-one", image=image, secrets={}, annotations={})

    def settled() -> bool:
        service = read_service(env)
        return bool(service and service.settled)

    wait_until(settled, what="the service")
    return env


@pytest.fixture
def untouched(http: httpx.Client, served: Environment) -> Iterator[None]:
    """After the test everything is as it was."""
    before = traces(http, served)
    yield
    assert traces(http, served) == before


def overwrite(folder: Path, cloud: Endpoints, over: Any) -> None:
    """The file of the environment t-bad anew: with this laid over it, or this text."""
    file = folder / "t-bad.yaml"
    if isinstance(over, str):
        file.write_text(over)
    else:
        file.write_text(yaml.safe_dump(laid_over(environment_content(cloud, "t-bad"), over), sort_keys=False))


@pytest.mark.parametrize(
    ("over", "says"),
    [
        pytest.param(
            {"canary": {"hodl": "8s"}},
            ["canary.hodl: there is no such key", "did you mean hold?"],
            id="a typo",
        ),
        pytest.param(
            {"canary": {"hold": "8 sec"}},
            ["canary.hold: '8 sec' is no length of time", "such as 90s"],
            id="a wrong unit",
        ),
        pytest.param(
            {"service": {"smoke": [{"name": "page", "path": "/", "retries": 3}]}},
            ["service.smoke[0].retries: there is no such key", "leave it out, or write one of"],
            id="an unknown key",
        ),
        pytest.param(
            {"canary": {"steps": [50, 10]}},
            ["canary.steps: steps rise, and 50 is followed by 10", "write [10, 50]"],
            id="steps that do not rise",
        ),
        pytest.param(
            {"service": {"name": "T_Bad"}},
            ["service.name: 'T_Bad' is not a service's name", "lower case letters, digits and dashes"],
            id="a service name that is not one",
        ),
        pytest.param(
            BROKEN_MAP, ["t-bad.yaml, line 1: it is not YAML", "mend it there"], id="no YAML at all"
        ),
        pytest.param(
            {"canary": {"hodl": "8s", "steps": [50, 10]}, "lease": 5},
            ["canary.hodl", "canary.steps", "lease: 5 has no unit"],
            id="several at once",
        ),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_a_wrong_environment_is_refused(
    cloud: Endpoints, folder: Path, source: Path, over: Any, says: list[str]
) -> None:
    overwrite(folder, cloud, over)
    ended = command("deploy", "t-bad", "--source", source)
    assert ended.code == 2
    for words in says:
        assert words in ended.said
    assert "Traceback" not in ended.said


@pytest.mark.parametrize("name", ["deploy", "rollback", "status"])
def test_every_command_refuses_an_unknown_environment(folder: Path, name: str) -> None:
    (folder / "staging.yaml").write_text("{}")
    options = ["--source", str(folder)] if name == "deploy" else []
    ended = command(name, "stagin", *options)
    assert ended.code == 2
    assert f"environment 'stagin': there is no stagin.yaml in {folder}" in ended.said
    assert "did you mean staging?" in ended.said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param([], ["give either --source DIR or --image"], id="nothing to deploy"),
        pytest.param(["--source", "nowhere"], ["nowhere: there is no such folder"], id="no such source"),
        pytest.param(["--source", "a.txt"], ["it is a file, not a folder"], id="a file for a source"),
        pytest.param(
            ["--source", "bare"],
            ["bare: there is neither a Dockerfile nor a Procfile in it", "add a Dockerfile"],
            id="no Dockerfile and no entry point",
        ),
        pytest.param(
            ["--image", "us-docker.pkg.dev/p/r/shop:latest"],
            ["a digest is wanted", "REPOSITORY@sha256:DIGEST"],
            id="an image without its digest",
        ),
        pytest.param(
            ["--image", DIGEST, "--source", "nowhere"],
            ["give either --source DIR or --image", "nowhere: there is no such folder"],
            id="two of them, one of which is not there",
        ),
        pytest.param(
            ["--source", ".", "--wait", "10"], ["10 has no unit", "10s, 10m"], id="a wait without its unit"
        ),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_a_release_that_is_none_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], says: list[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "bare").mkdir()
    (folder / "a.txt").touch()
    ended = command("deploy", "t-bad", *options, COLUMNS="200")
    assert ended.code == 2
    for words in says:
        assert words in ended.said


@pytest.mark.usefixtures("untouched")
def test_what_the_environment_names_and_is_not_there_is_refused_all_at_once(
    cloud: Endpoints, folder: Path
) -> None:
    over = {
        "vault": "no-such-vault",
        "service": {"repository": "", "template": {"secrets": {"KEY": "no-such-key", "URL": "no-such-url"}}},
    }
    overwrite(folder, cloud, over)
    (folder / "Dockerfile").touch()
    ended = command("deploy", "t-bad", "--source", folder)
    assert ended.code == 2
    for words in [
        "t-bad.yaml: vault: there is no bucket no-such-vault",
        "gcloud storage buckets create gs://no-such-vault",
        "t-bad.yaml: service.repository: it is missing",
        "t-bad.yaml: service.template.secrets.KEY: secret no-such-key",
        "t-bad.yaml: service.template.secrets.URL: secret no-such-url",
        "gcloud secrets create no-such-key",
    ]:
        assert words in ended.said


@pytest.mark.usefixtures("untouched")
def test_so_does_the_command_in_a_process_of_its_own(cloud: Endpoints, folder: Path, source: Path) -> None:
    overwrite(folder, cloud, {"canary": {"hodl": "8s"}})
    ended = muster("deploy", "t-bad", "--source", source)
    assert ended.code == 2
    line = 1 + (folder / "t-bad.yaml").read_text().splitlines().index("  hodl: 8s")
    assert ended.said.splitlines() == [
        f"refused t-bad.yaml, line {line}: canary.hodl: there is no such key",
        "        did you mean hold?",
    ]


@pytest.mark.usefixtures("untouched")
def test_a_wrong_environment_does_not_hide_a_wrong_release(cloud: Endpoints, folder: Path) -> None:
    overwrite(folder, cloud, {"canary": {"steps": [50, 10]}})
    ended = command("deploy", "t-bad", "--source", folder / "nowhere")
    assert ended.code == 2
    assert "canary.steps" in ended.said
    assert "there is no such folder" in ended.said


@pytest.mark.parametrize(
    ("files", "says"),
    [
        pytest.param(
            {
                "requirements.txt": "colorama==0.4.6\ncolorama==0.4.5\n",
                "Dockerfile": "FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\nCMD x\n",
            },
            ["Dockerfile line 3: RUN pip install -r requirements.txt", "colorama==0.4.6", "unsatisfiable"],
            id="requirements that do not resolve",
        ),
        pytest.param(
            {"Dockerfile": "FROM python:3.12\nRUN make\n"}, ["Dockerfile line 2: RUN make"], id="a line"
        ),
        pytest.param({"Dockerfile": ""}, ["Dockerfile: no instruction in it"], id="an empty Dockerfile"),
    ],
)
def test_a_source_that_does_not_build_is_refused(
    http: httpx.Client, served: Environment, source: Path, files: dict[str, str], says: list[str]
) -> None:
    """A build was made to find out; the service and the state bucket are as they were."""
    before = traces(http, served)
    for name, text in files.items():
        (source / name).write_text(text)
    ended = command("deploy", "t-bad", "--source", source)
    after = traces(http, served)
    assert ended.code == 2
    for words in [*says, "mend Dockerfile", "the whole log is in gs://"]:
        assert words in ended.said
    assert (after.etag, after.state, after.jobs) == (before.etag, before.state, before.jobs)
