"""`muster drills`: what past drills have shown."""

import json
import secrets
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from clients.environment import Environment
from clients.objects import write_text_once
from domain.drill_check import Result
from domain.vault_layout import drill_report_name
from tasks.drill_reports import write_report
from tests.cli.conftest import Environments, command
from tests.domain.drills import NOON, check, loss, report

WIDE = {"COLUMNS": "200"}


@pytest.fixture
def env(environment: Environments) -> Environment:
    return environment(f"c-drills-{secrets.token_hex(3)}")


def drill(env: Environment, days: int, **fields: Any) -> str:
    """Write a report of so many days ago; its id."""
    at = NOON - timedelta(days=days)
    made = report(environment=env.name, started_at=at, id=f"{at:%Y%m%d-%H%M%S}-000000", **fields)
    write_report(env, made)
    return made.id


def rows(said: str) -> list[str]:
    return [" ".join(line.split()) for line in said.splitlines()]


def test_without_a_drill_nothing_is_known(env: Environment) -> None:
    ended = command("drills", env.name)
    assert ended.code == 0
    assert ended.said == "no drill has been made yet: nothing is known of how many restores would pass\n"


def test_drills_are_listed_the_newest_first_with_figures_and_verdict(env: Environment) -> None:
    oldest = drill(env, 90)
    missed = drill(env, 60, database=loss(1200), path="point_in_time")
    failed = drill(env, 30, checks=[check("rows"), check("indices", Result.FAILED, "documents is missing")])
    planted = drill(env, 1, defect="missing index", checks=[check("indices", Result.FAILED)])
    ended = command("drills", env.name, **WIDE)
    assert ended.code == 0
    told = rows(ended.said)
    assert [line.split()[0] for line in told[1:5]] == [planted, failed, missed, oldest]
    set_id = "20261122-060000-aaaaaa"
    assert told[1].startswith(
        f"{planted} {set_id} backup, missing index 58 s of 1 h 3 s of 15 min 0 of 1 passed"
    )
    assert told[2].endswith("1 of 2 failed `indices` failed: documents is missing")
    assert "point_in_time 58 s of 1 h 20 min of 15 min 14 of 14 objective missed RPO 20 min" in told[3]
    assert told[4].endswith("3 s of 15 min 14 of 14 passed")
    assert (
        told[5] == "restore drill: 1 of 3 drills passed: with 95 % confidence at least 1 % of restores would"
    )
    narrow = command("drills", env.name, COLUMNS="120")
    assert all(len(line) <= 120 for line in narrow.said.splitlines())
    one = command("drills", env.name, "--newest", "1", **WIDE)
    assert len(rows(one.said)) == 2
    documents = json.loads(command("drills", env.name, "--json").said)
    assert [each["verdict"] for each in documents["drills"]] == [
        "passed",
        "objective missed",
        "failed",
        "passed",
    ]


def test_a_report_that_cannot_be_read_is_told(env: Environment) -> None:
    good = drill(env, 2)
    write_text_once(env, env.vault, drill_report_name(env.name, "20261121-000000-000000"), "{}")
    ended = command("drills", env.name, **WIDE)
    assert ended.code == 1
    assert good in ended.said
    assert "not read: gs://muster-vault/drills/" in ended.said


def test_it_goes_on_without_prefect(env: Environment) -> None:
    drill(env, 2)
    without = (
        "import sys; sys.modules['prefect'] = None; from cli.__main__ import main; "
        f"sys.argv = ['muster', 'drills', '{env.name}']; main()"
    )
    ended = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "1 of 1 drill passed" in ended.stdout


def test_bad_input_is_refused() -> None:
    assert command("drills", "nowhere").code == 2
