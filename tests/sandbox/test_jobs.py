"""Jobs: run to their end, again where they fail, no longer than they may; what they say is in the log."""

import re
from typing import Any

import pytest

from tests.processes import wait_until
from tests.sandbox.run_client import Document, Run, fresh, short, with_variable

SAY = "import os, sys; print('said', *sys.argv[1:], os.environ.get('MODE'))"


def python(image: str, code: str, **fields: Any) -> Document:
    return {"image": image, "command": ["python", "-c", code], **fields}


def start(run: Run, job: str, **overrides: Any) -> Document:
    body = {"overrides": overrides} if overrides else {}
    return run.call("POST", f"jobs/{job}:run", body)


def condition(execution: Document, kind: str = "Completed") -> Document:
    found: Document = next(one for one in execution["conditions"] if one["type"] == kind)
    return found


def output(run: Run, job: str, least: int = 1, also: str = 'logName:"stdout"') -> list[Document]:
    """What a job's tasks wrote."""
    return run.entries(f'resource.labels.job_name="{job}" {also}', least=least)


@pytest.fixture
def job(run: Run, image: str) -> str:
    """A job of the test's own, that tells its arguments and a variable."""
    name = fresh("job")
    variables = [{"name": "MODE", "value": "dull"}, {"name": "KEPT", "value": "1"}]
    run.job(name, python(image, SAY, args=["plain"], env=variables))
    return name


def test_a_job_is_ready_as_soon_as_it_is_made(run: Run, job: str) -> None:
    made = run.call("GET", f"jobs/{job}")
    assert made["terminalCondition"]["state"] == "CONDITION_SUCCEEDED"
    task = made["template"]["template"]
    assert (made["template"]["taskCount"], task["maxRetries"], task["timeout"]) == (1, 3, "600s")
    assert "executionCount" not in made
    assert "ports" not in task["containers"][0]


def test_an_execution_runs_to_its_end(run: Run, job: str) -> None:
    operation = start(run, job)
    assert "done" not in operation
    begun = operation["metadata"]
    assert begun["@type"] == "type.googleapis.com/google.cloud.run.v2.Execution"
    assert begun["job"] == job
    assert (condition(begun)["state"], begun["reconciling"]) == ("CONDITION_PENDING", True)
    ended = run.did(operation)
    assert ended["name"] == begun["name"]
    assert ended["succeededCount"] == 1
    assert not {"failedCount", "cancelledCount", "runningCount", "retriedCount", "reconciling"} & ended.keys()
    assert begun["createTime"] <= ended["startTime"] <= ended["completionTime"]
    assert {one["type"] for one in ended["conditions"]} == {
        "Completed", "Started", "ContainerReady", "ResourcesAvailable", "Retry"
    }  # fmt: skip
    assert re.fullmatch(r"Execution completed successfully in \d+\.\d\ds\.", condition(ended)["message"])
    now = run.call("GET", f"jobs/{job}")
    assert now["executionCount"] == 1
    assert now["latestCreatedExecution"]["name"] == short(begun["name"])
    listed = run.call("GET", f"jobs/{job}/executions")["executions"]
    assert [short(one["name"]) for one in listed] == [short(begun["name"])]


def test_an_execution_may_have_arguments_and_variables_of_its_own(run: Run, job: str) -> None:
    """Arguments are replaced, variables are merged; the job stays as it is."""
    override = {"args": ["other", "two"], "env": [{"name": "MODE", "value": "bright"}]}
    ended = run.did(start(run, job, containerOverrides=[override]))
    (entry,) = output(run, job)
    assert entry["textPayload"] == "said other two bright"
    variables = {one["name"]: one["value"] for one in ended["template"]["containers"][0]["env"]}
    assert variables == {"MODE": "bright", "KEPT": "1"}
    run.did(start(run, job))
    assert output(run, job, 2)[1]["textPayload"] == "said plain dull"


def test_output_is_found_by_its_execution_task_and_attempt(run: Run, image: str) -> None:
    code = """if True:
        import json, os, sys
        names = ("JOB", "EXECUTION", "TASK_INDEX", "TASK_ATTEMPT", "TASK_COUNT")
        print(*(os.environ["CLOUD_RUN_" + name] for name in names))
        print("aside", file=sys.stderr)
        print(json.dumps({"message": "m", "severity": "NOTICE", "n": 1}))
    """
    name = fresh("job")
    run.job(name, python(image, code))
    execution = short(run.did(start(run, name, taskCount=2))["name"])
    entries = output(run, name, 6, "")
    plain = sorted(entry["textPayload"] for entry in entries if "textPayload" in entry)
    assert plain == ["aside", "aside", f"{name} {execution} 0 0 2", f"{name} {execution} 1 0 2"]
    for entry in entries:
        labels = {"job_name": name, "location": "us-central1", "project_id": "sandbox-project"}
        assert entry["resource"] == {"type": "cloud_run_job", "labels": labels}
        assert entry["labels"]["run.googleapis.com/execution_name"] == execution
        assert entry["labels"]["run.googleapis.com/task_attempt"] == "0"
        assert entry["labels"]["instanceId"]
        if "textPayload" in entry:
            assert "severity" not in entry
        else:
            assert entry["jsonPayload"] == {"message": "m", "n": 1}
            assert entry["severity"] == "NOTICE"
    tasks = {entry["labels"]["run.googleapis.com/task_index"] for entry in entries}
    assert tasks == {"0", "1"}


def test_a_task_that_fails_is_tried_again_in_the_same_execution(run: Run, image: str) -> None:
    name = fresh("job")
    code = "import os, sys; n = os.environ['CLOUD_RUN_TASK_ATTEMPT']; print('try', n); sys.exit(n == '0')"
    run.job(name, python(image, code))
    ended = run.did(start(run, name))
    assert (ended["succeededCount"], ended["retriedCount"]) == (1, 1)
    assert [one["textPayload"] for one in output(run, name, 2)] == ["try 0", "try 1"]
    assert len(run.call("GET", f"jobs/{name}/executions")["executions"]) == 1


def test_a_task_that_fails_for_good_fails_its_operation(run: Run, image: str) -> None:
    name = fresh("job")
    run.job(name, python(image, "import sys; sys.exit(7)"), {"maxRetries": 1})
    operation = start(run, name)
    error = run.failed(operation)
    execution = run.call("GET", f"jobs/{name}/executions/{short(operation['metadata']['name'])}")
    said = "failed with exit code: 7 and message: The container exited with an error."
    assert error == {"code": 10, "message": f"Task {short(execution['name'])}-task0 {said}"}
    assert (execution["failedCount"], execution["retriedCount"]) == (1, 1)
    assert "succeededCount" not in execution
    completed = condition(execution)
    assert (completed["state"], completed["executionReason"]) == ("CONDITION_FAILED", "NON_ZERO_EXIT_CODE")
    assert completed["message"] == error["message"]
    exits = output(run, name, 2, 'logName:"system"')
    assert {(one["textPayload"], one["severity"]) for one in exits} == {
        ("Container called exit(7).", "WARNING")
    }


def test_no_retries_means_none(run: Run, image: str) -> None:
    name = fresh("job")
    run.job(name, python(image, "import sys; print('once'); sys.exit(1)"), {"maxRetries": 0})
    operation = start(run, name)
    run.failed(operation)
    assert len(output(run, name)) == 1
    execution = run.call("GET", f"jobs/{name}/executions/{short(operation['metadata']['name'])}")
    assert "retriedCount" not in execution


def test_a_task_is_ended_at_its_time_out(run: Run, image: str) -> None:
    """An execution's own time-out goes before the job's."""
    name = fresh("job")
    run.job(name, python(image, "import time; time.sleep(60)"), {"maxRetries": 0})
    operation = start(run, name, timeout="1s")
    execution = f"CLOUD_RUN_EXECUTION={short(operation['metadata']['name'])}"
    wait_until(lambda: with_variable(execution), what="the task runs")
    error = run.failed(operation)
    assert error["code"] == 4
    assert error["message"].endswith("The configured timeout was reached.")
    assert not with_variable(execution), "nothing of it runs on"


def test_a_cancelled_execution_ends_as_cancelled(run: Run, image: str) -> None:
    name = fresh("job")
    run.job(name, python(image, "import time; print('begun', flush=True); time.sleep(60)"))
    operation = start(run, name)
    output(run, name)
    path = f"jobs/{name}/executions/{short(operation['metadata']['name'])}"
    assert run.call("GET", path)["runningCount"] == 1
    run.did(run.call("POST", f"{path}:cancel", {}))
    assert run.failed(operation)["code"] == 1
    execution = run.call("GET", path)
    assert execution["cancelledCount"] == 1
    assert condition(execution)["executionReason"] == "CANCELLED"
    assert "retriedCount" not in execution, "what is cancelled is not tried again"
    assert not {"runningCount", "reconciling"} & execution.keys()
    assert run.call("POST", f"{path}:cancel", {})["metadata"]["name"] == execution["name"]
    assert run.call("GET", path)["completionTime"] == execution["completionTime"]


def test_a_deleted_job_takes_what_runs_of_it_along(run: Run, image: str) -> None:
    name = fresh("job")
    run.job(name, python(image, "import time; print('begun', flush=True); time.sleep(60)"))
    operation = start(run, name)
    output(run, name)
    run.did(run.call("DELETE", f"jobs/{name}"))
    assert run.failed(operation)["code"] == 1
    code, message = run.refused("GET", f"jobs/{name}")
    assert code == 404
    assert message == (
        f"Resource '{name}' of kind 'JOB' in region 'us-central1' in project '{run.project}' does not exist."
    )
    execution = short(operation["metadata"]["name"])
    assert run.refused("GET", f"jobs/{name}/executions/{execution}")[0] == 404


@pytest.mark.parametrize(
    ("container", "said"),
    [
        pytest.param({"image": "example.com/a:b"}, "Image 'example.com/a:b' not found", id="no such image"),
        pytest.param(
            {"env": [{"name": "T", "valueSource": {"secretKeyRef": {"secret": "nowhere", "version": "1"}}}]},
            "not found",
            id="no such secret",
        ),
    ],
)
def test_a_task_that_cannot_start_says_why(run: Run, image: str, container: Document, said: str) -> None:
    name = fresh("job")
    run.job(name, {**python(image, SAY), **container}, {"maxRetries": 0})
    assert said in run.failed(start(run, name))["message"]


def test_executions_run_side_by_side(run: Run, job: str, image: str) -> None:
    name = fresh("job")
    run.job(name, python(image, "import time; time.sleep(1.5)"))
    slow = start(run, name)
    run.did(start(run, job))
    assert "done" not in run.http.get(f"/v2/{slow['name']}").json()
    wait_until(lambda: run.http.get(f"/v2/{slow['name']}").json().get("done"))


def test_a_job_that_is_there_is_not_made_again(run: Run, job: str, image: str) -> None:
    body = {"template": {"template": {"containers": [python(image, SAY)]}}}
    assert run.refused("POST", "jobs", body, jobId=job) == (409, f"Resource '{job}' already exists.")


def test_what_is_not_emulated_of_jobs_says_so(run: Run, job: str) -> None:
    assert run.refused("POST", f"jobs/{job}:run", {"validateOnly": True})[0] == 501
    assert "executions" not in run.call("GET", f"jobs/{job}/executions")
    assert run.refused("PATCH", f"jobs/{job}", {"labels": {"a": "b"}})[0] == 501
    assert run.refused("GET", f"jobs/{job}/executions/x/tasks")[0] == 501


@pytest.mark.lies
def test_an_image_cannot_be_overridden(run: Run, job: str, image: str) -> None:
    override = {"containerOverrides": [{"image": image}]}
    code, message = run.refused("POST", f"jobs/{job}:run", {"overrides": override})
    assert code == 400
    assert "image: no such field" in message
