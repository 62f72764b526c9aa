"""Jobs: made once, run once for each mark, read to their end, and gone without a trace."""

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import run_v2

from clients.cloud_run import create_revision
from clients.environment import Environment
from clients.errors import NotFound, Rejected
from clients.jobs import (
    Execution,
    cancel_execution,
    create_job,
    delete_job,
    job_for,
    list_jobs,
    read_execution,
    run_job,
    running_executions,
)
from clients.logs import read_job_output
from domain.traffic import split
from tests.conftest import Endpoints
from tests.contract.conftest import Faults, ready
from tests.environments import environment
from tests.processes import wait_until

SAY = "import os, sys; print('said', *sys.argv[1:]); print(os.environ.get('MODE'), os.environ.get('TOKEN'))"


@pytest.fixture
def job(env: Environment) -> str:
    return f"{env.service.name}-job"


def create(env: Environment, job: str, image: str, code: str = SAY, **fields: Any) -> None:
    settings: dict[str, Any] = {
        "secrets": {},
        "like": None,
        "extra": {},
        "timeout": timedelta(minutes=1),
        **fields,
    }
    create_job(env, job, image=image, command=["python", "-c", code], **settings)


def ended(env: Environment, job: str, execution: str) -> Execution:
    def looked_at() -> Execution | None:
        found = read_execution(env, job, execution)
        return found if found.ended else None

    found = wait_until(looked_at, what=execution)
    assert found
    return found


def printed(env: Environment, job: str, execution: str, lines: int) -> list[str]:
    began = read_execution(env, job, execution).created

    def read() -> list[str]:
        found = read_job_output(env, job, execution, began)
        return found if len(found) >= lines else []

    return wait_until(read, what="the job's output")


def test_a_job_runs_the_image_with_the_service_s_variables_and_pinned_secrets(
    cloud: Endpoints, env: Environment, job: str, service: str, image: str
) -> None:
    """The baseline's, the environment's overlay, and its own; those of the platform are not asked for."""
    template = {"env": {"MODE": "live"}, "secrets": {"TOKEN": "slack-bot-token"}}
    env = environment(cloud, env.name, over={"service": {"template": template}})
    pins = {"slack-bot-token": "1"}
    second = f"{env.service.name}-two"
    wanted = split({service: 100}, {})
    create_revision(
        env, revision=second, image=image, secrets=pins, like=service, traffic=wanted, annotations={}
    )
    ready(env, second)
    plain = environment(cloud, env.name)
    create(plain, job, image, like=second, secrets=pins, extra={"MODE": "job"})
    execution = run_job(env, job, args=["a", "b"], mark="1")
    assert not ended(env, job, execution).failure
    said, variables = sorted(printed(env, job, execution, 2), reverse=True)
    assert said == "said a b"
    assert variables.startswith("job xoxb-muster-")


def test_creating_it_again_is_done(env: Environment, job: str, image: str, faults: Faults) -> None:
    faults.add("drop_answer", "/jobs", "POST")
    create(env, job, image)
    create(env, job, image)
    assert faults.met == 1
    assert job in list_jobs(env)


def test_a_lost_answer_runs_it_once(env: Environment, job: str, image: str, faults: Faults) -> None:
    create(env, job, image)
    faults.add("drop_answer", ":run", "POST")
    execution = run_job(env, job, args=["once"], mark="first")
    ended(env, job, execution)
    assert faults.met == 1
    assert run_job(env, job, args=["once"], mark="first") == execution, "nor does asking again"
    assert run_job(env, job, args=["once"], mark="second") != execution


def test_a_run_that_fails_says_of_what(env: Environment, job: str, image: str) -> None:
    create(env, job, image, "import sys; sys.exit(3)")
    execution = run_job(env, job, args=[], mark="m")
    assert "exit code: 3" in ended(env, job, execution).failure


def test_a_run_that_is_cancelled_ends(env: Environment, job: str, image: str) -> None:
    create(env, job, image, "import time; print('begun', flush=True); time.sleep(60)")
    execution = run_job(env, job, args=[], mark="m")
    printed(env, job, execution, 1)
    assert running_executions(env, job) == [execution]
    cancel_execution(env, job, execution)
    assert "cancelled" in ended(env, job, execution).failure
    assert running_executions(env, job) == []


def test_cancelling_what_has_ended_changes_nothing(
    env: Environment, job: str, image: str, faults: Faults
) -> None:
    create(env, job, image)
    execution = run_job(env, job, args=[], mark="m")
    before = ended(env, job, execution)
    faults.add("refuse", ":cancel", "POST", status=400, message="The execution has completed.")
    cancel_execution(env, job, execution)
    assert faults.met == 1
    assert ended(env, job, execution) == before


def test_cancelling_what_runs_and_cannot_be_cancelled_is_told(
    env: Environment, job: str, image: str, faults: Faults
) -> None:
    create(env, job, image, "import time; time.sleep(60)")
    execution = run_job(env, job, args=[], mark="m")
    faults.add("refuse", ":cancel", "POST", status=400, message="Not today.")
    with pytest.raises(Rejected, match="Not today"):
        cancel_execution(env, job, execution)
    cancel_execution(env, job, execution)


def test_what_is_gone_is_gone(env: Environment, job: str, image: str) -> None:
    create(env, job, image)
    execution = run_job(env, job, args=[], mark="m")
    delete_job(env, job)
    delete_job(env, job)
    cancel_execution(env, job, execution)
    assert running_executions(env, job) == []
    assert job not in list_jobs(env)
    with pytest.raises(NotFound, match=f"job {job}: reading its run {execution}: "):
        read_execution(env, job, execution)
    with pytest.raises(NotFound, match=f"job {job}: "):
        run_job(env, job, args=[], mark="m")


def test_a_job_reaches_its_database_as_the_service_does() -> None:
    """By the Cloud SQL proxy's socket and the network that the template has; it is not served by a port."""
    template = {
        "containers": [
            {
                "image": "example.com/a@sha256:0",
                "ports": [{"containerPort": 8080}],
                "volumeMounts": [{"name": "cloudsql", "mountPath": "/cloudsql"}],
                "resources": {"limits": {"memory": "1Gi"}},
            }
        ],
        "volumes": [{"name": "cloudsql", "cloudSqlInstance": {"instances": ["p:r:db"]}}],
        "vpcAccess": {"connector": "c"},
        "serviceAccount": "app@p",
        "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
    }
    job = job_for(
        run_v2.RevisionTemplate.from_json(json.dumps(template)),
        command=["migrate"],
        extra={"A": "1"},
        timeout=timedelta(minutes=15),
    )
    task = job.template.template
    container = task.containers[0]
    assert job.template.task_count == 1
    assert task.max_retries == 0
    assert task.timeout == timedelta(minutes=15)
    assert (container.image, list(container.command)) == ("example.com/a@sha256:0", ["migrate"])
    assert container.volume_mounts[0].mount_path == "/cloudsql"
    assert list(task.volumes[0].cloud_sql_instance.instances) == ["p:r:db"]
    assert task.vpc_access.connector == "c"
    assert task.service_account == "app@p"
    assert not container.ports


def test_a_mark_is_one_run_s_own(env: Environment, job: str, image: str) -> None:
    create(env, job, image)
    marks = [secrets.token_hex(4) for _ in range(3)]
    runs = {mark: run_job(env, job, args=[], mark=mark) for mark in marks}
    assert len(set(runs.values())) == 3
    assert {mark: run_job(env, job, args=[], mark=mark) for mark in marks} == runs
