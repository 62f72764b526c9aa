"""`muster status`: what a person on call asks first, a line for each thing, at any width."""

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from clients.cloud_run import create_revision, create_service, read_revision, read_service, set_traffic
from clients.environment import Environment
from clients.leases import write_lease
from clients.objects import write_json_once
from domain.lease import Lease
from domain.record import Look, ReleaseRecord, Result
from domain.service import Mark
from domain.traffic import Split, split
from tests.cli.conftest import Environments, command
from tests.processes import wait_until

WIDTHS = [80, 140]
NOON = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
LONG = "the canary errs more than the baseline: 5xx on 14 of 900 requests against 2 of 17,100 [at 10 %]"


def status(env: Environment, width: int = 80) -> list[str]:
    """What it prints, line by line; no line is longer than it is wide."""
    ended = command("status", env.name, COLUMNS=str(width))
    assert ended.code == 0, ended.said
    lines = ended.said.splitlines()
    assert all(len(line) <= width for line in lines), ended.said
    return lines


def line_of(lines: list[str], word: str) -> str:
    [line] = [line for line in lines if word in line]
    return line


def serve(env: Environment, image: str, revision: str) -> None:
    create_service(env, revision=revision, image=image, secrets={}, annotations={})
    wait_for(env, split({revision: 100}, {}))


def add(env: Environment, image: str, revision: str, traffic: Split) -> None:
    create_revision(
        env, revision=revision, image=image, secrets={}, like=None, traffic=traffic, annotations={}
    )
    wait_until(
        lambda: (found := read_revision(env, revision)) and (found.ready or found.failed), what=revision
    )


def share(env: Environment, traffic: Split, annotations: Mapping[str, str]) -> None:
    service = read_service(env)
    assert service
    set_traffic(env, traffic, annotations, service.etag)
    wait_for(env, traffic)


def wait_for(env: Environment, traffic: Split) -> None:
    def done() -> bool:
        service = read_service(env)
        return bool(service and service.done(traffic))

    wait_until(done, what=f"{env.service.name}: {traffic}")


def keep(
    env: Environment, ref: str, result: Result, *, minutes: int, reason: str = "", outcome: str = ""
) -> None:
    """A record of a deploy that began so many minutes after noon."""
    began = NOON + timedelta(minutes=minutes)
    look = Look(began, 10, outcome, (reason,), 900, 14, 17_100, 2, 2_579, 100)
    record = ReleaseRecord(
        id=f"20261122-12{minutes:02d}-{secrets.token_hex(2)}",
        kind="deploy",
        environment=env.name,
        service=env.service.name,
        ref=ref,
        who="tester",
        started_at=began,
        ended_at=began + timedelta(seconds=65),
        result=result,
        reason=reason,
        looks=[look] if outcome else [],
    )
    write_json_once(env, env.vault, f"releases/{env.name}/{record.id}.json", record.to_json())


def hold(env: Environment, holder: str) -> None:
    write_lease(env, Lease("nonce", 1, timedelta(seconds=60), holder), 0)


def test_a_service_that_is_not_there_yet_is_said_so(environment: Environments) -> None:
    assert status(environment("s-none"), 100) == [
        "s-none in s-none: there is no such service in sandbox-project/us-central1 yet",
        "nothing is under way",
        "",
        "no release yet",
    ]


@pytest.mark.slow
def test_where_nobody_answers_that_is_said_within_seconds(environment: Environments) -> None:
    environment("s-dead", endpoints={"google": "http://127.0.0.1:1"})
    began = time.monotonic()
    ended = command("status", "s-dead")
    assert time.monotonic() - began < 12
    assert ended.code == 1
    assert "s-dead: reading the service: no answer from 127.0.0.1:1" in ended.said


def test_a_first_deploy_under_way_is_shown_before_there_is_a_service(environment: Environments) -> None:
    env = environment("s-first")
    hold(env, "deploy v1 (20261122-123000-abc123, by tester)")
    keep(env, "v0", Result.REFUSED, minutes=0, reason="source /src: there is no such folder")
    lines = status(env, 120)
    assert lines[1] == "under way   deploy v1 (20261122-123000-abc123, by tester)"
    assert line_of(lines, "deploy v0").split()[4:6] == ["refused", "1"]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_service_in_the_middle_of_a_deploy(environment: Environments, image: str, width: int) -> None:
    env = environment(f"s-middle-{width}")
    one, two, three = (f"{env.service.name}-{number}" for number in ("one", "two", "three"))
    serve(env, image, one)
    add(env, image, two, split({one: 100}, {"canary": two}))
    crashing = environment(env.name, service={"template": {"env": {"CRASH": "1"}}})
    add(crashing, image, three, split({one: 100}, {"canary": two}))
    mark = Mark(baseline=one, deploy="20261122-123000-abc123", lease="nonce")
    share(env, split({one: 90, two: 10}, {"canary": two}), mark.annotations())
    hold(env, "deploy v2 (20261122-123000-abc123, by tester)")

    lines = status(env, width)

    service = read_service(env)
    assert service
    assert lines[0] == f"{env.name} in {env.name}: {service.uri}"
    assert lines[1] == "under way   deploy v2 (20261122-123000-abc123, by tester)"
    assert lines[2].startswith("            its lease lapses in ")
    assert lines[2].endswith(" s unless it is renewed") or "min" in lines[2]
    assert lines[5].split() == ["90", "%", "█" * 18 + "░" * 2, one, "baseline", "ready"]
    assert lines[6].split() == ["10", "%", "█" * 2 + "░" * 18, two, "canary", "ready"]
    assert line_of(lines, three).rstrip().endswith("…"), "its reason is long"
    assert f"{three}            failed: The" in line_of(lines, three)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_release_is_a_line_however_much_there_is_to_say(environment: Environments, width: int) -> None:
    env = environment(f"s-records-{width}")
    keep(env, "v1", Result.PROMOTED, minutes=1, outcome="pass")
    keep(env, "v2", Result.ROLLED_BACK, minutes=2, reason=LONG, outcome="fail")
    keep(
        env, "a name for people that goes on and on " * 3, Result.REFUSED, minutes=3, reason="one: x\ntwo: y"
    )
    lines = status(env, width)
    assert [line.split()[:2] for line in lines[4:]] == [
        ["11-22", "12:33"],
        ["11-22", "12:32"],
        ["11-22", "12:31"],
    ]
    assert line_of(lines, "rolled back").rstrip().endswith("…")
    assert "10 %: fail; the canary" in line_of(lines, "rolled back")
    assert "10 %: pass" in line_of(lines, "promoted")
    assert ("1 min 5 s" in line_of(lines, "refused")) == (width == 140), (
        "how long it took, where there is room"
    )


def test_only_the_last_releases_are_shown(environment: Environments) -> None:
    env = environment("s-many")
    for minutes in range(7):
        keep(env, f"v{minutes}", Result.PROMOTED, minutes=minutes)
    assert [line.split()[3] for line in status(env)[4:]] == ["v6", "v5", "v4", "v3", "v2"]


def test_what_a_dead_deploy_left_is_said_with_what_to_do(environment: Environments, image: str) -> None:
    env = environment("s-left")
    serve(env, image, "s-left-one")
    mark = Mark(baseline="s-left-one", deploy="20261122-123000-abc123", lease="nonce")
    share(env, split({"s-left-one": 100}, {}), mark.annotations())
    lines = status(env, 100)
    assert lines[1] == "left behind by deploy 20261122-123000-abc123, which ended without a word"
    assert lines[2].strip() == "muster settle puts everyone back on its baseline, s-left-one"


def test_a_name_is_never_cut_for_the_picture_s_sake(environment: Environments, image: str) -> None:
    name = "s-" + "long" * 11 + "x"
    env = environment("s-name", service={"name": name})
    serve(env, image, f"{name}-one")
    line = line_of(status(env), f"{name}-one")
    assert line.split() == ["100", "%", f"{name}-one", "baseline", "ready"]
