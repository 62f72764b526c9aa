"""Running `muster` as a person would, and looking at what it left behind."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import httpx

from clients.cloud_run import list_revisions, read_service
from clients.environment import Environment
from clients.leases import read_lease
from clients.postgres import schema_revision
from domain.lease import Reading
from domain.record import ReleaseRecord
from domain.release import Release
from domain.service import PREFIX, SIGNATURE, Service
from examples.load.generator import Load
from flows.deploy import deploy as runbook
from tasks.records import latest_records
from tests.processes import wait_until
from tests.users import users_at

TINY = Path(__file__).parent / "tiny"
MUSTER = Path(sys.executable).with_name("muster")


def release(folder: Path, name: str, **behaviour: Any) -> Path:
    """The source of a release of the tiny service."""
    target = folder / name
    if not target.exists():
        shutil.copytree(TINY, target)
        (target / "release.json").write_text(json.dumps({"name": name, **behaviour}))
    return target


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit code, and all that it said."""

    code: int
    said: str


class Command:
    """A `muster` command under way. All that are left at a test's end are killed."""

    started: ClassVar[list["Command"]] = []

    def __init__(self, *arguments: str | Path, **env: str) -> None:
        self.process = subprocess.Popen(
            [str(MUSTER), *map(str, arguments)],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(self)

    def end(self, seconds: float = 120) -> Ended:
        said, _ = self.process.communicate(timeout=seconds)
        return Ended(self.process.returncode, said)


def kill_commands() -> None:
    """End what a failed test has left running."""
    for command in Command.started:
        if command.process.poll() is None:
            command.process.kill()
            command.process.communicate()
    Command.started.clear()


def muster(*arguments: str | Path, **env: str) -> Ended:
    """Run a command to its end."""
    return Command(*arguments, **env).end()


def deploy(env: Environment, source: Path, *options: str | Path) -> Ended:
    return muster("deploy", env.name, "--source", source, "--ref", source.name, *options)


def promote(env: Environment, source: Path, *options: str | Path) -> Ended:
    """Deploy a release that is good. Chance makes a good one's share of requests look odd once in a thousand
    holds, and it goes back, as it should: such a one is deployed again, once."""
    ended = deploy(env, source, *options)
    if ended.code == 1 and "were sent to it" in ended.said:
        ended = deploy(env, source, *options)
    assert ended.code == 0, ended.said
    return ended


def establish(env: Environment, source: Path) -> None:
    """Make a release serve, as the ground of a test; in this process, which has everything loaded."""
    runbook.fn(env.name, Release(ref=source.name, source=str(source)))


@dataclass(frozen=True)
class Aftermath:
    """What a run left: where the traffic is, what the schema is, who holds the lease, what is said of it."""

    service: Service
    lease: Reading | None
    record: ReleaseRecord
    slack: str
    schema: str
    states: dict[str, bool]

    @property
    def shares(self) -> dict[str, int]:
        assert self.service.served
        return self.service.served.shares

    @property
    def tags(self) -> dict[str, str]:
        assert self.service.served
        return self.service.served.tags

    @property
    def marks(self) -> dict[str, str]:
        """Muster's own annotations, but for the signature, which stays."""
        found = self.service.annotations
        return {key: found[key] for key in found if key.startswith(PREFIX) and key != SIGNATURE}

    def is_settled_on(self, revision: str) -> bool:
        """Everyone on that revision; no canary, no mark, no lease, no job is left."""
        return (
            self.shares == {revision: 100} and "canary" not in self.tags and not self.marks and not self.lease
        )


def aftermath(env: Environment) -> Aftermath:
    service = read_service(env)
    assert service, f"{env.service.name} is gone"
    return Aftermath(
        service=service,
        lease=read_lease(env).reading,
        record=latest_records(env, 1)[0],
        slack=slack_text(env),
        schema=schema_revision(env) if env.database else "",
        states={name: revision.ready for name, revision in list_revisions(env).items()},
    )


def slack_text(env: Environment) -> str:
    """The environment's channel as a person reads it."""
    assert env.slack
    page = httpx.get(f"{env.endpoints.slack}/{env.slack.channel.removeprefix('#')}").text
    text = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    text = re.sub(r"</?(b|i|s|em|strong|code|a|span)\b[^>]*>", "", text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " ").split())


def jobs(env: Environment) -> list[str]:
    """The jobs of the environment's service that are left."""
    answer = httpx.get(f"{env.endpoints.google}/v2/projects/{env.project}/locations/{env.region}/jobs")
    names = [job["name"].rpartition("/")[2] for job in answer.json().get("jobs", [])]
    return [name for name in names if name.startswith(env.service.name)]


def canary_share(env: Environment) -> int:
    service = read_service(env)
    if service is None or service.served is None:
        return 0
    return service.served.shares.get(service.served.tags.get("canary", ""), 0)


def wait_for_canary(env: Environment, percent: int = 1) -> None:
    """Until users meet the canary."""
    wait_until(lambda: canary_share(env) >= percent, seconds=60, what=f"{percent} % on the canary")


def begin(env: Environment, source: Path) -> Command:
    """A deploy whose canary has met its first users."""
    command = Command("deploy", env.name, "--source", source, "--ref", source.name)
    wait_for_canary(env)
    return command


def users(env: Environment, path: str = "/work", rate: float = 60) -> AbstractContextManager[Load]:
    """Inside, users send the service's address requests."""
    service = read_service(env)
    assert service
    return users_at(service.uri, rate=rate, clients=60, path=path)
