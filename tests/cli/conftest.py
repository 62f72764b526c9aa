"""What the tests of the command share: buckets, an environment's file, sources, one image."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from clients.environment import Environment
from clients.environment_files import load_environment
from examples.landscape import Landscape
from tests.conftest import Endpoints
from tests.contract.conftest import build
from tests.environments import TINY, write_environment
from tests.environments import environment as in_memory
from tests.flows.runs import Ended, kill_commands

Environments = Callable[..., Environment]


@pytest.fixture(scope="session")
def ground(cloud: Endpoints) -> Endpoints:
    """Buckets, and the secret with Slack's token; no database."""
    places = {"google": cloud.google, "project": cloud.project, "region": cloud.region}
    Landscape({**places, "elasticsearch": cloud.elasticsearch}).lay(database=False)
    return cloud


@pytest.fixture(scope="session")
def image(ground: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image of the tiny service."""
    env = in_memory(ground, "tiny")
    built = build(env, TINY, tmp_path_factory.mktemp("tiny") / "source.tar.gz")
    assert built.digest, built.failure
    return f"{env.service.repository}@{built.digest}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of environments."""
    monkeypatch.setenv("MUSTER_ENVIRONMENTS", str(tmp_path))
    monkeypatch.setenv("MUSTER_WHO", "tester")
    return tmp_path


@pytest.fixture
def environment(ground: Endpoints, folder: Path) -> Environments:
    """Makes an environment with its file; keywords are laid over it."""

    def make(name: str, **over: Any) -> Environment:
        write_environment(folder, ground, name, over=over)
        return load_environment(name)

    return make


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source that builds."""
    return Path(shutil.copytree(TINY, tmp_path / "source"))


def command(*arguments: str | Path, **env: str) -> Ended:
    """A command in this process, which has everything loaded: as long as most of them take."""
    ended = CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)
    if ended.exception and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Ended(ended.exit_code, ended.output)


@pytest.fixture(autouse=True)
def no_command_outlives_its_test() -> Iterator[None]:
    yield
    kill_commands()
