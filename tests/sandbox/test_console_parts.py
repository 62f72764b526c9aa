"""What the console makes of what the sandbox keeps: pure, one noun at a time."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.console.operation import of_build, of_run, of_sql
from sandbox.console.rate import rate
from sandbox.console.revision import revisions, short_image
from sandbox.console.split import segments
from sandbox.console.status import Status, Tone, of_condition
from sandbox.console.template import render, seconds, size, when
from sandbox.kernel.clock import stamp
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import State
from sandbox.run.operation import LATEST, Operations
from sandbox.run.tally import SECONDS, Tally
from sandbox.run.traffic import Served

Document = dict[str, Any]
MADE = {"a": "2026-01-01", "b": "2026-01-02", "c": "2026-01-03"}


def served(revision: str, percent: int = 0, tag: str = "") -> Served:
    return {"revision": revision, "percent": percent, "tag": tag}


@pytest.mark.parametrize(
    ("targets", "bar"),
    [
        pytest.param([], [], id="nobody is served"),
        pytest.param([served("b", 100)], [("b", 100, 0, (), "0")], id="one revision has the first colour"),
        pytest.param(
            [served("b", 5, "canary"), served("a", 95)],
            [("a", 95, 0, (), "0"), ("b", 5, 95, ("canary",), "1")],
            id="the older one, the baseline, has the first colour",
        ),
        pytest.param(
            [served("a", 0, "previous"), served("b", 100)],
            [("b", 100, 0, (), "0"), ("a", 0, 100, ("previous",), "none")],
            id="one that only a tag leads to has no colour",
        ),
        pytest.param(
            [served("a", 60), served("a", 40, "now"), served("a", 0, "too")],
            [("a", 100, 0, ("now", "too"), "0")],
            id="several targets of one revision are one share",
        ),
    ],
)
def test_the_split_becomes_a_bar(targets: list[Served], bar: list[tuple[Any, ...]]) -> None:
    found = segments(targets, MADE)
    assert [(one.revision, one.percent, one.start, one.tags, one.colour) for one in found] == bar


def test_a_revision_that_users_reach_is_never_left_out() -> None:
    condition = {"type": "Ready", "state": "CONDITION_SUCCEEDED"}
    container = {"image": "example.com/a@sha256:" + "1f" * 32}
    documents = {
        f"r{number:02}": {
            "createTime": f"2026-01-{number:02}", "conditions": [condition], "containers": [container],
        }
        for number in range(1, 21)
    }  # fmt: skip
    split = {one.revision: one for one in segments([served("r02", 100)], {})}
    shown, older = revisions(documents, split)
    assert [one.name for one in shown] == [f"r{number:02}" for number in (20, 19, 18, 17, 16, 15, 14, 13, 2)]
    assert older == 11


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        pytest.param(
            {"state": "CONDITION_SUCCEEDED", "message": "Deploying revision succeeded in 1.00s."},
            Status("ready", Tone.GOOD),
            id="what is well needs no reason",
        ),
        pytest.param(
            {"state": "CONDITION_SUCCEEDED", "revisionReason": "RETIRED"},
            Status("retired", Tone.OFF),
            id="retired is not ready, nor is it wrong",
        ),
        pytest.param(
            {"state": "CONDITION_FAILED", "revisionReason": "HEALTH_CHECK_CONTAINER_ERROR", "message": "No."},
            Status("failed", Tone.BAD, "HEALTH_CHECK_CONTAINER_ERROR: No."),
            id="a failure tells reason and message",
        ),
        pytest.param({"state": "CONDITION_PENDING"}, Status("pending", Tone.BUSY), id="pending"),
    ],
)
def test_a_condition_becomes_a_word(condition: Document, status: Status) -> None:
    assert of_condition(condition) == status
    assert of_condition({**condition, "lastTransitionTime": "2026-01-01"}).since == "2026-01-01"


SERVICE = {"@type": "type.googleapis.com/google.cloud.run.v2.Service", "name": "p/services/shop"}
SQL: Document = {"instance": "db", "begun": "2026-01-01"}
ENDED: Document = {"operationType": "CREATE", "status": "DONE"}
BUILD: Document = {"createTime": "2026-01-01", "images": ["example.com/shop/app:v1"]}


@pytest.mark.parametrize(
    ("of", "document", "told"),
    [
        pytest.param(
            of_run, {"metadata": SERVICE, "_verb": "create"}, ("create service", "shop", "running", ""),
            id="an operation of Cloud Run runs until it is done",
        ),
        pytest.param(
            of_run, {"metadata": SERVICE, "_verb": "update", "done": True, "response": SERVICE},
            ("update service", "shop", "done", ""), id="it is done",
        ),
        pytest.param(
            of_run, {"metadata": SERVICE, "done": True, "error": {"code": 9, "message": "No."}},
            ("service", "shop", "failed", "No."), id="it failed, in a sandbox that noted no verb yet",
        ),
        pytest.param(
            of_sql, {**SQL, "body": {"operationType": "BACKUP_VOLUME", "status": "RUNNING"}},
            ("backup volume", "db", "running", ""), id="an operation of Cloud SQL runs",
        ),
        pytest.param(
            of_sql,
            {**SQL, "body": {**ENDED, "error": {"errors": [{"code": "X"}]}}},
            ("create", "db", "failed", "X"), id="its error may have no more than a code",
        ),
        pytest.param(
            of_build, {**BUILD, "status": "QUEUED"}, ("build", "app:v1", "queued", ""), id="a build waits"
        ),
        pytest.param(
            of_build, {**BUILD, "status": "FAILURE", "failureInfo": {"detail": "step 2"}},
            ("build", "app:v1", "failed", "step 2"), id="a build failed",
        ),
    ],
)  # fmt: skip
def test_an_operation_is_told(
    of: Callable[[Document], Any], document: Document, told: tuple[str, ...]
) -> None:
    found = of(document)
    assert (found.what, found.target, found.status.word, found.status.reason) == told


def test_the_newest_operations_are_at_hand_after_a_restart(tmp_path: Path) -> None:
    settings, state = Settings(home=tmp_path), State(tmp_path / "state.sqlite")
    state.collection("run-operation").put("old", {"name": "old", "metadata": SERVICE})
    operations = Operations(state, settings)
    begun = [operations.begin("update", "Service", SERVICE)["name"] for _ in range(LATEST - 1)]
    newest_first = [*reversed(begun), "old"]
    assert [one["name"] for one in operations.latest()] == newest_first
    state.close()
    again = State(tmp_path / "state.sqlite")
    assert [one["name"] for one in Operations(again, settings).latest()] == newest_first
    again.close()


def test_requests_are_counted_by_the_second_for_a_minute() -> None:
    tally = Tally()
    for second, error in ((100, False), (100, True), (101, False), (103, True)):
        tally.add(second, error=error)
    requests, errors = tally.before(104)
    assert (requests[-4:], errors[-4:]) == ([2, 1, 0, 1], [1, 0, 0, 1])
    assert (len(requests), len(errors)) == (SECONDS, SECONDS)
    assert sum(tally.before(103)[0]) == 3, "the second that is not over does not count"
    tally.add(103 + SECONDS, error=False)
    requests, errors = tally.before(104 + SECONDS)
    assert (sum(requests), sum(errors)) == (1, 0)


@pytest.mark.parametrize(
    ("requests", "errors", "numbers"),
    [
        pytest.param([0] * 60, [0] * 60, None, id="nothing was asked for"),
        pytest.param([100] * 60, [0] * 60, ("100", "0", False), id="no error"),
        pytest.param([0] * 55 + [20] * 5, [0] * 59 + [3], ("20", "0.6", True), id="the mean of five seconds"),
        pytest.param([9] + [0] * 59, [9] + [0] * 59, ("0", "0", False), id="a minute ago"),
    ],
)
def test_counts_become_numbers(
    requests: list[int], errors: list[int], numbers: tuple[str, str, bool] | None
) -> None:
    found = rate(requests, errors)
    assert (found and (found.requests, found.errors, found.erring)) == numbers


def test_counts_become_a_picture_to_one_scale() -> None:
    found = rate([0, 4, 2], [0, 1, 0])
    assert found
    assert found.all == "M0,20 L0,20 1,0 2,10 2,20Z"
    assert found.failed == "M0,20 L0,20 1,15 2,20 2,20Z"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (345_678, "346 kB"), (2.5e15, "2500 TB")],
)
def test_bytes_are_told_in_the_largest_unit(count: int, text: str) -> None:
    assert size(count) == text


def test_instants_and_lengths() -> None:
    assert when("") == ""
    assert re.search(r">\d\d:\d\d:\d\d</time>$", when(stamp()))
    assert re.search(r">\d\d Jan \d\d:\d\d</time>$", when("2026-01-15T12:00:00Z"))
    assert seconds("2026-01-15T12:00:00Z", "") == ""
    assert seconds("2026-01-15T12:00:00Z", "2026-01-15T12:00:01.234Z") == "1.2 s"
    assert seconds("2026-01-15T12:00:00Z", "2026-01-15T12:02:05Z") == "2 min 5 s"


def test_an_image_is_known_by_its_digest() -> None:
    assert short_image("example.com/shop/app@sha256:" + "0123456789ab" * 5) == "sha256:0123456789ab"
    assert short_image("example.com/shop/app:v1") == "app:v1"


@pytest.mark.parametrize(
    ("part", "empty", "text"),
    [
        ("services", {"services": []}, "No service was deployed yet."),
        ("operations", {"operations": []}, "Nothing was asked for yet."),
        ("instances", {"instances": []}, "No instance runs."),
        ("executions", {"executions": []}, "No job has an execution."),
        ("databases", {"databases": []}, "There is no instance."),
        ("databases", {"databases": None}, "Cloud SQL was left out of this sandbox."),
        ("buckets", {"buckets": []}, "There is no bucket."),
    ],
)
def test_where_there_is_nothing_it_is_said(part: str, empty: Document, text: str) -> None:
    assert f'<p class="none">{text}</p>' in render(f"{part}.html", **empty)
