"""What all systems share: faults, error forms, the truth check; and what becomes of a sandbox that ends."""

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import ClientSession, web

from sandbox.kernel.errors import RpcError
from sandbox.kernel.faults import Faults
from sandbox.kernel.server import application
from sandbox.kernel.truth import Truth
from sandbox.kernel.wire import page_size
from tests.conftest import ROOT, Endpoints, start_sandbox
from tests.processes import wait_until
from tests.sandbox.run_client import SMALL, Document, Run, fresh, short, to

LIGHT = ("--without", "elasticsearch", "--log-lag", "0", "--idle", "2")
SERVICES = "/v2/projects/sandbox-project/locations/us-central1/services"
BUCKETS = "/storage/v1/b?project=sandbox-project"
INSTANCES = "/v1/projects/sandbox-project/instances"


def fault(http: httpx.Client, action: str, path: str, **fields: Any) -> str:
    """A fault for the next call there; its name."""
    made = http.post("/faults", json={"action": action, "path": path, **fields}).raise_for_status()
    name: str = made.json()["name"]
    return name


def met(http: httpx.Client) -> list[int]:
    return [one["met"] for one in http.get("/faults").json()["faults"]]


GOOGLE = {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}
OLDER = {
    "code": 429,
    "message": "Slow down.",
    "errors": [{"message": "Slow down.", "domain": "global", "reason": "rateLimitExceeded"}],
}
CAUSE = {"type": "status_exception", "reason": "Slow down."}


@pytest.mark.parametrize(
    ("whose", "path", "body"),
    [
        pytest.param("google", SERVICES, {"error": GOOGLE}, id="Cloud Run"),
        pytest.param(
            "google", "/v1/projects/sandbox-project/secrets", {"error": GOOGLE}, id="Secret Manager"
        ),
        pytest.param("google", BUCKETS, {"error": OLDER}, id="Cloud Storage"),
        pytest.param("google", INSTANCES, {"error": OLDER}, id="Cloud SQL"),
        pytest.param("google", "/v1/flags", {"error": OLDER}, id="Cloud SQL's flags"),
        pytest.param("slack", "/api/auth.test", {"ok": False, "error": "ratelimited"}, id="Slack"),
        pytest.param(
            "elasticsearch",
            "/slack/_doc/1",
            {"error": {"root_cause": [CAUSE], **CAUSE}, "status": 429},
            id="Elasticsearch, whatever an index is called",
        ),
    ],
)
def test_a_refused_call_is_told_as_its_own_api_tells_it(
    cloud: Endpoints, http: httpx.Client, whose: str, path: str, body: Document
) -> None:
    fault(
        http, "refuse", path.partition("?")[0], status=429, message="Slow down.", headers={"Retry-After": "7"}
    )
    answer = httpx.get(getattr(cloud, whose) + path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json() == body


def test_a_fault_is_met_so_many_times_after_so_many_calls(http: httpx.Client) -> None:
    fault(http, "refuse", "/services", times=2, skip=1)
    assert [http.get(SERVICES).status_code for _ in range(5)] == [200, 503, 503, 200, 200]
    assert met(http) == [2]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"method": "POST"}, id="another method"),
        pytest.param({"path": "/jobs"}, id="another path"),
        pytest.param({"path": r"pageSize=4$"}, id="another query"),
        pytest.param({"body": "traffic"}, id="another body"),
    ],
)
def test_a_call_that_is_not_meant_meets_nothing(http: httpx.Client, wanted: Document) -> None:
    fault(http, **{"action": "refuse", "path": "/services", **wanted})
    assert http.get(SERVICES, params={"pageSize": 3}).status_code == 200
    assert met(http) == [0]


def test_a_fault_may_look_at_bodies_and_leaves_them_whole(http: httpx.Client) -> None:
    """Those of other calls are not even read: an upload may be larger than any body that is."""
    fault(http, "refuse", "/storage/v1/b", method="POST", body='"name": ?"bad-')
    names = [fresh("bad"), fresh("good")]
    made = [http.post(BUCKETS, json={"name": name}).status_code for name in names]
    assert made == [503, 200]
    params = {"uploadType": "media", "name": "large"}
    large = b"x" * (65 << 20)
    upload = http.post(f"/upload/storage/v1/b/{names[1]}/o", params=params, content=large)
    assert upload.json()["size"] == str(len(large))


@pytest.mark.parametrize(
    ("action", "made"),
    [
        pytest.param("drop", False, id="a dropped call was not carried out"),
        pytest.param("drop_answer", True, id="a call with a dropped answer was"),
    ],
)
def test_a_dropped_connection(http: httpx.Client, action: str, made: bool) -> None:
    name = fresh("bucket")
    fault(http, action, "/storage/v1/b", method="POST")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        http.post(BUCKETS, json={"name": name})
    assert (http.get(f"/storage/v1/b/{name}").status_code == 200) is made
    assert met(http) == [1]


def test_an_answer_that_is_an_error_is_dropped_too(http: httpx.Client) -> None:
    fault(http, "drop_answer", "/services/nowhere")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        http.get(f"{SERVICES}/nowhere")
    assert http.get(f"{SERVICES}/nowhere").status_code == 404


def test_a_delayed_call_is_carried_out_later(http: httpx.Client) -> None:
    fault(http, "delay", "/services", seconds=0.3)
    began = time.monotonic()
    assert http.get(SERVICES).status_code == 200
    assert time.monotonic() - began >= 0.3


def held(http: httpx.Client) -> int:
    return sum(one["held"] for one in http.get("/faults").json()["faults"])


@contextmanager
def calling(google: str, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that makes a bucket and prints the answer's status."""
    say = "import sys, httpx; answer = httpx.post(sys.argv[1], json={'name': sys.argv[2]}, timeout=60); "
    say += "print(answer.status_code)"
    command = [sys.executable, "-c", say, google + BUCKETS, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def is_there(http: httpx.Client, bucket: str) -> bool:
    return http.get(f"/storage/v1/b/{bucket}").status_code == 200


@pytest.mark.parametrize(
    ("action", "before"),
    [pytest.param("hold", False, id="the call waits"), pytest.param("hold_answer", True, id="its answer")],
)
def test_what_is_held_goes_on_when_its_fault_is_removed(
    cloud: Endpoints, http: httpx.Client, action: str, before: bool
) -> None:
    bucket = fresh("held")
    name = fault(http, action, "/storage/v1/b", body=bucket)
    with calling(cloud.google, bucket) as caller:
        wait_until(lambda: held(http) == 1, what="a call that is held")
        assert is_there(http, bucket) is before
        http.delete(f"/faults/{name}").raise_for_status()
        assert caller.communicate(timeout=30)[0].strip() == b"200"
    assert is_there(http, bucket)


@pytest.mark.parametrize(
    ("how", "made"),
    [
        pytest.param("", True, id="it is carried out all the same"),
        pytest.param("?held=drop", False, id="or never, where that is asked for"),
    ],
)
def test_a_held_call_whose_caller_was_killed(
    cloud: Endpoints, http: httpx.Client, how: str, made: bool
) -> None:
    bucket = fresh("orphan")
    name = fault(http, "hold", "/storage/v1/b", body=bucket)
    with calling(cloud.google, bucket) as caller:
        wait_until(lambda: held(http) == 1, what="a call that is held")
        caller.kill()
        caller.wait()
    http.delete(f"/faults/{name}{how}").raise_for_status()
    if made:
        wait_until(lambda: is_there(http, bucket), what="the bucket, made after its caller's end")
    assert not any(http.get("/faults").json().values())
    assert is_there(http, bucket) is made


def test_held_calls_are_carried_out_or_dropped_and_nothing_else(http: httpx.Client) -> None:
    answer = http.delete("/faults?held=forget")
    assert answer.status_code == 400
    assert "held: carry_out or drop, not 'forget'" in answer.json()["error"]["message"]


def test_a_fault_for_all_that_is_about_one_thing(http: httpx.Client) -> None:
    """Named in the path by some calls, in the body by others."""
    bucket = fresh("about")
    fault(http, "refuse", "", about=bucket, times=2)
    assert http.post(BUCKETS, json={"name": fresh("other")}).status_code == 200
    assert http.post(BUCKETS, json={"name": bucket}).status_code == 503
    assert http.get(f"/storage/v1/b/{bucket}").status_code == 503
    assert http.get(f"/storage/v1/b/{bucket}").status_code == 404


def test_the_sandbox_s_own_paths_meet_no_fault(http: httpx.Client) -> None:
    name = fault(http, "refuse", "", times=1000)
    assert http.get("/truth").status_code == 200
    assert http.get(SERVICES).status_code == 503
    assert http.delete(f"/faults/{name}").status_code == 200
    assert http.get(SERVICES).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        pytest.param(
            {}, "action: one of refuse, delay, drop, drop_answer, hold, hold_answer, not ''", id="no action"
        ),
        pytest.param({"action": "explode"}, "not 'explode'", id="another action"),
        pytest.param({"action": "drop", "pth": "x"}, "pth: no such field", id="a typo"),
        pytest.param({"action": "drop", "path": "("}, "path: not a regular expression", id="no pattern"),
        pytest.param({"action": "drop", "times": "3"}, "times: not '3'", id="a text for a number"),
        pytest.param({"action": "refuse", "status": 200}, "status: an error's", id="no error's status"),
        pytest.param({"revision": "r", "latency": "x"}, "latency: not 'x'", id="a revision's, no number"),
        pytest.param(
            {"revision": "r", "error_rate": 5}, "error_rate: a share, 0 to 1", id="a revision's, 500 %"
        ),
    ],
)
def test_a_fault_that_is_none_is_refused(http: httpx.Client, wanted: Document, said: str) -> None:
    answer = http.post("/faults", json=wanted)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert not any(http.get("/faults").json().values())


# What is not there


@pytest.mark.lies
@pytest.mark.parametrize(
    ("verb", "path", "code", "status"),
    [
        pytest.param("GET", "/v2/nonsense", 404, "NOT_FOUND", id="a path that Google has not"),
        pytest.param("PUT", f"{SERVICES}/x", 404, "NOT_FOUND", id="a method that Google has not"),
        pytest.param("GET", f"{SERVICES}/x:getIamPolicy", 501, "UNIMPLEMENTED", id="what is not emulated"),
        pytest.param(
            "GET", "/v1/projects/p/locations/l/triggers", 501, "UNIMPLEMENTED", id="nor of Cloud Build"
        ),
        pytest.param("GET", "/nonsense", 404, "NOT_FOUND", id="nothing at all"),
    ],
)
def test_what_is_not_there_says_so_in_googles_form(
    http: httpx.Client, verb: str, path: str, code: int, status: str
) -> None:
    answer = http.request(verb, path)
    assert answer.status_code == code
    assert (answer.json()["error"]["code"], answer.json()["error"]["status"]) == (code, status)
    if code == 501:
        assert "is not emulated by the sandbox; see sandbox/README.md" in answer.json()["error"]["message"]


@pytest.mark.lies
@pytest.mark.parametrize(
    ("verb", "path", "body", "code", "reason"),
    [
        pytest.param("GET", "/storage/v1/nonsense", None, 404, "notFound", id="of Cloud Storage"),
        pytest.param("GET", "/sql/v1beta4/nonsense", None, 404, "notFound", id="of Cloud SQL"),
        pytest.param("POST", f"{INSTANCES}/x/failover", {}, 501, "notImplemented", id="what is not emulated"),
        pytest.param(
            "POST",
            INSTANCES,
            {"name": "x", "databaseVersion": "MYSQL_8_0"},
            501,
            "notImplemented",
            id="a value that is not",
        ),
        pytest.param("POST", INSTANCES, {"nmae": "x"}, 400, "invalid", id="a field that is none"),
        pytest.param(
            "GET", f"{INSTANCES}/-/backupRuns?pageToken=x", None, 400, "invalid", id="a page that is none"
        ),
    ],
)
def test_and_in_the_older_form(
    http: httpx.Client, verb: str, path: str, body: Document | None, code: int, reason: str
) -> None:
    """A reason in a domain, and no status: who parses the newer form finds nothing."""
    answer = http.request(verb, path, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (code, code)
    (detail,) = error["errors"]
    assert (detail["domain"], detail["reason"], detail["message"]) == ("global", reason, error["message"])
    assert "status" not in error


def test_a_body_that_is_no_json(http: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"[1]"):
        answer = http.post(SERVICES, params={"serviceId": "x"}, content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("Invalid JSON payload received.")


# Pages


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        pytest.param(None, 50, id="not asked for"),
        pytest.param("", 50, id="asked for with nothing"),
        pytest.param("0", 50, id="zero leaves it to the API, as gcloud does"),
        pytest.param("7", 7, id="seven"),
        pytest.param(7, 7, id="seven, in a body"),
        pytest.param("-1", None, id="less than none"),
        pytest.param("x", None, id="no number"),
    ],
)
def test_the_size_of_a_page(asked: str | int | None, size: int | None) -> None:
    if size is None:
        with pytest.raises(RpcError, match="The page size is invalid"):
            page_size(asked, 50)
    else:
        assert page_size(asked, 50) == size


def test_a_list_asked_for_in_pages_of_zero_has_an_end(http: httpx.Client) -> None:
    """Each API by itself, as each reads its own query."""
    secrets, name = "/v1/projects/sandbox-project/secrets", fresh("page")
    body: Document = {"replication": {"automatic": {}}}
    http.post(secrets, params={"secretId": name}, json=body).raise_for_status()
    jobs = SERVICES.replace("/services", "/jobs")
    task = {"template": {"template": {"containers": [{"image": "example.com/none:1"}]}}}
    http.post(jobs, params={"jobId": name}, json=task).raise_for_status()
    http.post(BUCKETS, json={"name": name}).raise_for_status()
    lists = ((secrets, "pageSize", "secrets"), (jobs, "pageSize", "jobs"), (BUCKETS, "maxResults", "items"))
    for path, size, kind in lists:
        found = http.get(
            path, params={"project": "sandbox-project", size: 0} if kind == "items" else {size: 0}
        )
        assert found.json()[kind], path
        assert "nextPageToken" not in found.json(), path


# The truth


@pytest.mark.lies
@pytest.mark.parametrize(
    ("verb", "path", "body", "caught"),
    [
        pytest.param("GET", "/v2/nonsense", None, "GET /v2/nonsense: no such method", id="a path"),
        pytest.param("GET", f"{SERVICES}?sice=3", None, "no query parameter 'sice'", id="a query's name"),
        pytest.param("POST", SERVICES, {"trafic": []}, "trafic: no such field", id="a field"),
        pytest.param("POST", SERVICES, {"traffic": {}}, "traffic: a list is wanted", id="a type"),
        pytest.param(
            "POST",
            SERVICES,
            {"template": {"timeout": "5m"}},
            "not in the form google-duration",
            id="a duration",
        ),
        pytest.param(
            "POST", SERVICES, {"ingress": "ALL"}, "ingress: 'ALL' is none of", id="a word of a list"
        ),
        pytest.param(
            "POST",
            SERVICES,
            {"template": {"maxInstanceRequestConcurrency": "8"}},
            "integer is wanted",
            id="a number",
        ),
    ],
)
def test_a_request_that_google_would_not_take_is_caught(
    http: httpx.Client, verb: str, path: str, body: Document | None, caught: str
) -> None:
    http.delete("/truth")
    answer = http.request(verb, path, json=body)
    (mismatch,) = http.get("/truth").json()["mismatches"]
    assert caught in mismatch
    if body is not None:
        assert answer.status_code == 400
        assert caught in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("said", "caught"),
    [
        pytest.param({"name": "x", "generation": "1"}, [], id="what the API says"),
        pytest.param(
            {"nmae": "x"}, ["answer of run.projects.locations.services.get: nmae: no such field"], id="a typo"
        ),
        pytest.param({"generation": 1}, ["string is wanted"], id="a number for an int64"),
        pytest.param({"createTime": "today"}, ["google-datetime"], id="no instant"),
        pytest.param(
            {"conditions": [{"state": 4}]}, ["conditions[0].state: 4 is none of"], id="an enum's number"
        ),
    ],
)
def test_an_answer_that_google_would_not_give_is_caught(said: Document, caught: list[str]) -> None:
    """By a server of the same making whose one handler lies."""

    async def mismatches() -> list[str]:
        truth = Truth()
        app = application(Faults(), truth)

        async def lie(_: web.Request) -> web.Response:
            return web.json_response(said)

        app.router.add_get(f"{SERVICES}/x", lie)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}{SERVICES}/x") as answer:
            assert await answer.json() == said
        await runner.cleanup()
        return truth.mismatches

    found = asyncio.run(mismatches())
    assert len(found) == len(caught)
    assert all(part in mismatch for part, mismatch in zip(caught, found, strict=True))


# Its life. These start sandboxes of their own, without Elasticsearch: a second each.


def marked(process: subprocess.Popen[bytes]) -> dict[int, str]:
    """The living processes that carry this sandbox's mark, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if any(one.startswith(b"SANDBOX_MARK=") and one.endswith(b":%d" % process.pid) for one in variables):
            found[int(folder.name)] = command
    return found


Start = Callable[..., tuple[subprocess.Popen[bytes], Endpoints, Run]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a sandbox in a folder; what still runs in the end is killed."""

    def start(home: Path, *options: str) -> tuple[subprocess.Popen[bytes], Endpoints, Run]:
        (home / "endpoints.json").unlink(missing_ok=True)
        process, endpoints = start_sandbox(home, *LIGHT, *options)
        ending.callback(_kill, process)
        http = ending.enter_context(httpx.Client(base_url=endpoints.google, timeout=30))
        return process, endpoints, Run.of(endpoints, http)

    with ExitStack() as ending:
        yield start


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)
    wait_until(lambda: not marked(process), what="nothing of it runs on")


IMAGE = "example.com/small/app:v1"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sandbox that has ended, with the small service's image in it."""
    home = tmp_path_factory.mktemp("template")
    process, endpoints = start_sandbox(home, *LIGHT)
    try:
        with httpx.Client(base_url=endpoints.google, timeout=30) as http:
            source = {name: (SMALL / name).read_bytes() for name in ("Dockerfile", "app.py")}
            Run.of(endpoints, http).image(source)
    finally:
        process.terminate()
        process.wait(30)
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A folder of the test's own, as if it had been moved: nothing in it names where it lies."""
    return shutil.copytree(template, tmp_path / "home")


def test_it_tells_where_it_is_once_it_answers(tmp_path: Path, start: Start) -> None:
    process, endpoints, run = start(tmp_path, "--when-ready", f"touch {tmp_path}/was-ready")
    assert json.loads((tmp_path / "endpoints.json").read_text()) == {
        "google": endpoints.google,
        "console": f"{endpoints.google}/",
        "slack": f"{endpoints.google}/slack",
        "elasticsearch": "",
        "project": "sandbox-project",
        "region": "us-central1",
    }
    assert run.http.get(SERVICES).json() == {}
    assert httpx.post(f"{endpoints.slack}/api/auth.test").json() == {"ok": False, "error": "not_authed"}
    wait_until((tmp_path / "was-ready").exists)
    said = (tmp_path / "output.txt").read_text()
    assert all(address in said for address in (endpoints.google, endpoints.console, endpoints.slack))
    second = subprocess.run(
        [sys.executable, "-m", "sandbox", "--home", str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert second.stderr.strip().endswith("another sandbox runs in this folder; stop it, or set SANDBOX_DIR")
    assert process.poll() is None


def test_what_runs_beside_it_ends_with_it(tmp_path: Path, start: Start) -> None:
    beside = [f"echo $$ > {tmp_path}/{name}; echo hello {name}; exec sleep 1000" for name in ("one", "two")]
    process, _, _ = start(tmp_path, "--beside", beside[0], "--beside", beside[1])
    wait_until(lambda: (tmp_path / "output.txt").read_text().count("hello") == 2, what="what they say")
    pids = [int((tmp_path / name).read_text()) for name in ("one", "two")]
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    process.terminate()
    process.wait(30)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), what="their end")


def test_a_command_that_fails_ends_it(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "--home", str(tmp_path), *LIGHT, "--when-ready", "exit 3"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("exit 3: ended with 3")


def test_what_is_left_out_is_not_answered_for(tmp_path: Path, start: Start) -> None:
    _, _, run = start(tmp_path, "--without", "sql")
    answer = run.http.get(INSTANCES)
    assert answer.status_code == 501
    assert "sql.instances.list is not emulated" in answer.json()["error"]["message"]
    shown = run.http.get("/sandbox/console").raise_for_status().json()["parts"]
    assert "Cloud SQL was left out of this sandbox." in shown["databases"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_told_to_end_it_stops_every_child(home: Path, start: Start, number: signal.Signals) -> None:
    process, _, run = start(home)
    name = fresh()
    uri = run.did(run.create(name, {"containers": [{"image": IMAGE}]}))["uri"]
    job = {"image": IMAGE, "command": ["python", "-c", "import time; time.sleep(60)"]}
    run.job("endless", job)
    run.call("POST", "jobs/endless:run", {})
    wait_until(lambda: any("time.sleep" in line for line in marked(process).values()))
    assert any("sandbox.run.router" in line for line in marked(process).values())
    assert httpx.get(f"{uri}/last-words").text == "hello"
    process.send_signal(number)
    assert process.wait(30) == 0
    assert not marked(process)
    assert not (home / "endpoints.json").exists()
    assert "Traceback" not in (home / "output.txt").read_text()
    _, _, run = start(home)
    assert run.requests(name, also=f'httpRequest.requestUrl="{uri}/last-words"'), "its last request is logged"


def test_told_to_end_it_waits_for_no_held_call(tmp_path: Path, start: Start) -> None:
    process, endpoints, run = start(tmp_path)
    fault(run.http, "hold", "/storage/v1/b")
    with calling(endpoints.google, "held") as caller:
        wait_until(lambda: held(run.http) == 1, what="a call that is held")
        process.terminate()
        assert process.wait(20) == 0
        assert caller.wait(20) != 0


def test_killed_nothing_runs_on_and_nothing_is_lost(home: Path, start: Start) -> None:
    """A task under way counts as a failed attempt; a deploy under way is taken up again."""
    process, endpoints, run = start(home)
    name = fresh()
    a, b = f"{name}-a", f"{name}-b"
    template = {"revision": a, "containers": [{"image": IMAGE}], "scaling": {"minInstanceCount": 1}}
    now = run.did(run.create(name, template, traffic=[to(a, 100, "former")]))
    code = "import os, time; n = os.environ['CLOUD_RUN_TASK_ATTEMPT']; print('try', n, flush=True); "
    code += "time.sleep(60 if n == '0' else 0)"
    run.job("long", {"image": IMAGE, "command": ["python", "-c", code]})
    execution = run.call("POST", "jobs/long:run", {})
    run.entries('textPayload="try 0"')
    assert httpx.get(f"{now['uri']}/before").text == "hello"
    run.requests(name)
    late = {"image": IMAGE, "env": [{"name": "START", "value": "late 1"}]}
    body = {"template": {"revision": b, "containers": [late]}, "traffic": [to(a, 50, "former"), to(b, 50)]}
    deploy = run.patch(name, "template,traffic", **body)
    process.kill()
    process.wait()
    wait_until(lambda: not marked(process), what="nothing of it runs on")
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # past connections may linger
        free.bind(("127.0.0.1", int(now["uri"].rpartition(":")[2])))

    process, again, run = start(home)
    assert again == endpoints
    service = run.did(deploy)
    assert service["uri"] == now["uri"]
    assert service["trafficStatuses"] == [
        now["trafficStatuses"][0] | {"percent": 50},
        to(b, 50),
    ]
    assert httpx.get(now["trafficStatuses"][0]["uri"]).headers["X-Served-By"] == a
    with httpx.Client() as client:
        wait_until(lambda: client.get(service["uri"]).headers["X-Served-By"] == b)
    assert run.requests(name, also='httpRequest.requestUrl:"/before"'), "the log is still there"
    ended = run.did(execution)
    assert (ended["succeededCount"], ended["retriedCount"]) == (1, 1)
    assert run.entries('textPayload="try 1"')
    assert httpx.post(f"{again.slack}/api/auth.test").status_code == 200


def test_an_instance_without_a_minimum_stops_after_a_time_without_a_request(home: Path, start: Start) -> None:
    process, _, run = start(home)
    none, one = fresh(), fresh()
    uri = run.did(run.create(none, {"containers": [{"image": IMAGE}]}))["uri"]
    run.did(run.create(one, {"containers": [{"image": IMAGE}], "scaling": {"minInstanceCount": 1}}))

    def instances() -> int:
        return sum("app.py" in line for line in marked(process).values())

    assert instances() == 2
    wait_until(lambda: instances() == 1, what="the idle one is stopped")
    assert httpx.get(uri).text == "hello"
    assert instances() == 2
    assert short(run.service(one)["name"]) == one
