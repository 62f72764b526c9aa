"""Traffic: who is sent where, by percent and by tag, and that a change loses no request."""

import asyncio
import os
import signal
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import pytest

from sandbox.run.conditions import condition
from sandbox.run.service import BY_REVISION, LATEST
from sandbox.run.traffic import resolve, statuses, table
from tests.conftest import Endpoints
from tests.processes import wait_until
from tests.sandbox.run_client import Document, Run, fresh, short, to
from tests.sandbox.sql_client import running_in


def template(image: str, revision: str, **fields: Any) -> Document:
    return {"revision": revision, "containers": [{"image": image}], **fields}


@pytest.fixture(scope="module")
def shop(run: Run, image: str) -> str:
    """A service with two revisions that the tests of this module take turns at."""
    name = fresh()
    run.did(run.create(name, template(image, f"{name}-a"), traffic=[to(f"{name}-a", 100)]))
    body = {"template": template(image, f"{name}-b", timeout="299s"), "traffic": [to(f"{name}-a", 100)]}
    run.did(run.patch(name, "template,traffic", **body))
    return name


def who(address: str, **options: Any) -> str:
    return httpx.get(address, **options).raise_for_status().headers["X-Served-By"]


def test_a_tag_leads_to_its_revision_whatever_its_share(run: Run, shop: str) -> None:
    now = run.split(shop, to(f"{shop}-a", 100), to(f"{shop}-b", 0, "canary"))
    plain, tagged = now["trafficStatuses"]
    assert plain == {"type": BY_REVISION, "revision": f"{shop}-a", "percent": 100}
    assert tagged == {
        "type": BY_REVISION, "revision": f"{shop}-b", "tag": "canary", "uri": tagged["uri"]
    }, "0 % is left out"  # fmt: skip
    for address, revision in ((tagged["uri"], f"{shop}-b"), (now["uri"], f"{shop}-a")):
        with httpx.Client() as client:
            assert {client.get(address).headers["X-Served-By"] for _ in range(20)} == {revision}
    moved = run.split(shop, to(f"{shop}-a", 100, "canary"))
    assert moved["trafficStatuses"][0]["uri"] == tagged["uri"]
    assert who(tagged["uri"]) == f"{shop}-a"
    assert "uri" not in run.split(shop, to(f"{shop}-a", 100))["trafficStatuses"][0]
    with pytest.raises(httpx.ConnectError):
        who(tagged["uri"])


def test_a_split_is_kept_to(run: Run, shop: str) -> None:
    uri = run.split(shop, to(f"{shop}-a", 70), to(f"{shop}-b", 30))["uri"]
    with httpx.Client() as client:
        served = Counter(client.get(uri).headers["X-Served-By"] for _ in range(600))
    assert served.keys() == {f"{shop}-a", f"{shop}-b"}
    assert 180 - 60 < served[f"{shop}-b"] < 180 + 60, "by five standard deviations"


def test_a_change_that_is_done_is_in_force(run: Run, shop: str) -> None:
    """Even for those who keep their connection."""
    uri = run.split(shop, to(f"{shop}-a", 100))["uri"]
    with httpx.Client() as client:
        for revision in [f"{shop}-b", f"{shop}-a"] * 3:
            run.split(shop, to(revision, 100))
            assert {client.get(uri).headers["X-Served-By"] for _ in range(20)} == {revision}


@dataclass
class Users:
    """A hundred requests a second, gets and posts, some quick and some slow, each on its own or not."""

    address: str
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            began = time.monotonic()
            sent: list[asyncio.Task[None]] = []
            while not self.ended.is_set():
                sent.append(asyncio.create_task(self._send(session, len(sent))))
                await asyncio.sleep(max(0.0, began + len(sent) / 100 - time.monotonic()))
            await asyncio.gather(*sent)

    async def _send(self, session: aiohttp.ClientSession, number: int) -> None:
        try:
            if number % 3 == 0:
                request = session.post(f"{self.address}/orders", data=b"x" * 2000)
            else:
                request = session.get(self.address + ("/slow/0.4" if number % 3 == 1 else "/"))
            async with request as answer:
                content = await answer.read()
                whole = content in {b"x" * 2000, b"slow", b"hello"}
                self.answers[answer.status if whole else -1, answer.headers["X-Served-By"]] += 1
        except (aiohttp.ClientError, OSError, KeyError) as error:
            self.lost.append(repr(error))


@contextmanager
def users(address: str) -> Iterator[Users]:
    """Users from another thread, until the end of the block, and of their last request."""
    found = Users(address)
    thread = threading.Thread(target=lambda: asyncio.run(found.run()))
    thread.start()
    try:
        wait_until(lambda: found.answers, what="the first answer")
        yield found
    finally:
        found.ended.set()
        thread.join()


def test_no_request_is_lost_or_cut_while_the_split_changes(run: Run, image: str, shop: str) -> None:
    """Over to another, back, in shares, with and without tags, and onto a revision that is just starting."""
    a, b, c = (f"{shop}-{letter}" for letter in "abc")
    uri = run.split(shop, to(a, 100))["uri"]
    with users(uri) as found:
        for targets in (
            [to(b, 100)],
            [to(a, 100)],
            [to(a, 95), to(b, 5, "canary")],
            [to(a, 50), to(b, 50, "canary")],
            [to(b, 100, "canary")],
            [to(a, 100)],
        ):
            run.split(shop, *targets)
        body = {"template": template(image, c, timeout="298s"), "traffic": [to(c, 100)]}
        run.did(run.patch(shop, "template,traffic", **body))
        served = sum(found.answers.values())
        wait_until(lambda: sum(found.answers.values()) > max(served + 50, 100))
    assert not found.lost
    assert {status for status, _ in found.answers} == {200, 201}
    assert {revision for _, revision in found.answers} == {a, b, c}
    logged = run.requests(shop, also=f'httpRequest.userAgent:"aiohttp" httpRequest.requestUrl:"{uri}"',
                          least=sum(found.answers.values()))  # fmt: skip
    assert Counter(
        (one["httpRequest"]["status"], one["resource"]["labels"]["revision_name"]) for one in logged
    ) == found.answers, "the log tells of each of them"  # fmt: skip


def test_a_request_under_way_outlives_its_revision_s_traffic(run: Run, shop: str, image: str) -> None:
    """Only then is the instance told to end."""
    name = fresh()
    run.did(run.create(name, template(image, f"{name}-a"), traffic=[to(f"{name}-a", 100)]))
    uri = run.service(name)["uri"]
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(httpx.get, f"{uri}/slow/1.2")
        wait_until(slow.running)
        body = {"template": template(image, f"{name}-b"), "traffic": [to(f"{name}-b", 100)]}
        run.did(run.patch(name, "template,traffic", **body))
        assert who(uri) == f"{name}-b"
        assert not slow.done()
        answer = slow.result()
    assert (answer.status_code, answer.text) == (200, "slow")
    assert answer.headers["X-Served-By"] == f"{name}-a"


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        pytest.param([to("x-a", 99)], "Traffic targets sum to 99, want 100", id="99 %"),
        pytest.param([to("x-a", 100), to("x-b", 1)], "sum to 101", id="101 %"),
        pytest.param([to("x-a", 100, "Canary")], "'Canary' is not a tag", id="a capital in a tag"),
        pytest.param([to("x-a", 100, "t"), to("x-b", 0, "t")], "the tag 't' is used twice", id="a tag twice"),
        pytest.param([{"type": BY_REVISION, "percent": 100}], "a revision is required", id="which one"),
        pytest.param([to("x-a", 100) | {"type": LATEST}], "must be empty for the", id="LATEST by name"),
    ],
)  # fmt: skip
def test_a_bad_target_is_refused_at_once(run: Run, shop: str, targets: list[Document], said: str) -> None:
    code, message = run.refused("PATCH", f"services/{shop}", {"traffic": targets}, updateMask="traffic")
    assert code == 400
    assert said in message


def test_a_target_that_is_not_there_fails_late_and_changes_nothing(run: Run, shop: str) -> None:
    before = run.split(shop, to(f"{shop}-a", 100))
    error = run.failed(run.patch(shop, "traffic", traffic=[to(f"{shop}-gone", 100)]))
    assert error["code"] == 9
    assert error["message"] == (
        f"Revision '{shop}-gone' does not exist or is deleted. Update all traffic to route to currently "
        "available revisions."
    )
    now = run.service(shop)
    assert now["trafficStatuses"] == before["trafficStatuses"]
    assert now["traffic"][0]["revision"] == f"{shop}-gone", "what was asked for stays"
    assert who(now["uri"]) == f"{shop}-a"
    assert now["terminalCondition"]["state"] == "CONDITION_FAILED"
    assert run.split(shop, to(f"{shop}-a", 100))["terminalCondition"]["state"] == "CONDITION_SUCCEEDED"


def test_pins_survive_a_deploy(run: Run, image: str) -> None:
    name = fresh()
    uri = run.did(run.create(name, template(image, f"{name}-a"), traffic=[to(f"{name}-a", 100)]))["uri"]
    now = run.did(run.patch(name, "template", template=template(image, f"{name}-b")))
    assert short(now["latestCreatedRevision"]) == f"{name}-b"
    assert who(uri) == f"{name}-a"


def test_a_revision_slow_to_start_holds_up_nobody(run: Run, shop: str, image: str) -> None:
    late = template(image, f"{shop}-late-{fresh('x')}")
    late["containers"][0]["env"] = [{"name": "START", "value": "late 1.5"}]
    run.split(shop, to(f"{shop}-a", 100))
    slow = run.patch(shop, "template", template=late)
    assert who(run.split(shop, to(f"{shop}-b", 100))["uri"]) == f"{shop}-b"
    assert "done" not in run.http.get(f"/v2/{slow['name']}").json()
    run.did(slow)


def test_what_a_user_sent_arrives_as_it_was(run: Run, shop: str) -> None:
    uri = run.split(shop, to(f"{shop}-a", 100))["uri"]
    big = os.urandom(3_000_000)
    assert httpx.post(f"{uri}/x", content=big).content == big
    assert len(httpx.get(f"{uri}/bytes/1000000").content) == 1_000_000
    assert httpx.head(uri).status_code == 501, "which this app has not"
    sent = [("X-Twice", "1"), ("X-Twice", "2"), ("Connection", "close")]
    headers = httpx.get(f"{uri}/headers", headers=sent).json()
    assert [value for name, value in headers if name == "X-Twice"] == ["1", "2"]
    known = {name.lower(): value for name, value in headers}
    assert known["host"] == uri.removeprefix("http://")
    assert known["x-forwarded-for"] == "127.0.0.1"
    assert known["x-forwarded-proto"] == "http"
    assert "/" in known["x-cloud-trace-context"]


def test_an_answer_that_breaks_off_is_cut_and_logged_as_503(run: Run, shop: str) -> None:
    uri = run.split(shop, to(f"{shop}-a", 100))["uri"]
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{uri}/torn")
    (entry,) = run.requests(shop, also=f'httpRequest.requestUrl="{uri}/torn"')
    assert entry["httpRequest"]["status"] == 503


def test_a_request_is_ended_at_its_service_s_time_out(run: Run, image: str) -> None:
    name = fresh()
    uri = run.did(run.create(name, template(image, f"{name}-a", timeout="1s")))["uri"]
    answer = httpx.get(f"{uri}/slow/5")
    assert answer.status_code == 504
    (entry,) = run.requests(name)
    assert entry["textPayload"].startswith(
        "The request has been terminated because it has reached the maximum"
    )
    assert entry["httpRequest"]["latency"] == "0s"
    assert "labels" not in entry


def test_an_instance_holds_no_more_requests_than_it_may(run: Run, image: str) -> None:
    name = fresh()
    uri = run.did(run.create(name, template(image, f"{name}-a", maxInstanceRequestConcurrency=1)))["uri"]
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(httpx.get, [f"{uri}/slow/0.25"] * 4))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert time.monotonic() - began > 1


@pytest.mark.parametrize(
    ("fault", "least", "status"),
    [
        pytest.param({"latency": 0.3}, 0.3, 200, id="latency"),
        pytest.param({"error_rate": 1.0}, 0.0, 500, id="errors"),
    ],
)
def test_a_fault_of_one_revision(run: Run, shop: str, fault: Document, least: float, status: int) -> None:
    now = run.split(shop, to(f"{shop}-a", 100), to(f"{shop}-b", 0, "canary"))
    run.http.post("/faults", json={"revision": f"{shop}-b", **fault}).raise_for_status()
    canary = httpx.get(now["trafficStatuses"][1]["uri"])
    assert (canary.status_code, canary.elapsed.total_seconds() >= least) == (status, True)
    assert who(now["uri"]) == f"{shop}-a"
    run.http.delete("/faults").raise_for_status()
    assert who(now["trafficStatuses"][1]["uri"]) == f"{shop}-b"


def test_a_router_that_was_killed_comes_back_with_its_table(cloud: Endpoints, run: Run, shop: str) -> None:
    now = run.split(shop, to(f"{shop}-a", 100), to(f"{shop}-b", 0, "canary"))

    def router() -> int:
        found = [pid for pid in running_in(cloud.home) if b"sandbox.run.router" in command(pid)]
        return found[0] if found else 0

    first = router()
    os.kill(first, signal.SIGKILL)
    shown = run.http.get("/sandbox/console").raise_for_status().json()["parts"]
    assert f"{shop}-a" in shown["services"], "what is not the router's to know is shown meanwhile"
    wait_until(lambda: router() not in {0, first}, what="another router")
    retry = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=retry) as client:
        assert client.get(now["uri"]).headers["X-Served-By"] == f"{shop}-a"
        assert client.get(now["trafficStatuses"][1]["uri"]).headers["X-Served-By"] == f"{shop}-b"
    run.split(shop, to(f"{shop}-b", 100))


def test_a_split_is_done_once_it_is_in_force_and_what_is_asked_meanwhile_is_kept(
    cloud: Endpoints, run: Run, shop: str
) -> None:
    [router] = [pid for pid in running_in(cloud.home) if b"sandbox.run.router" in command(pid)]
    os.kill(router, signal.SIGSTOP)
    try:
        split = run.patch(shop, "traffic", traffic=[to(f"{shop}-a", 100), to(f"{shop}-b", 0, "early")])
        end = time.monotonic() + 1
        while time.monotonic() < end:
            assert run.service(shop).get("reconciling"), "the router has not heard of it"
        note = run.patch(shop, "annotations", annotations={"note": "kept"})
    finally:
        os.kill(router, signal.SIGCONT)
    run.did(split)
    run.did(note)
    now = run.service(shop)
    assert not now.get("reconciling")
    assert now["annotations"] == {"note": "kept"}
    assert who(now["trafficStatuses"][1]["uri"]) == f"{shop}-b"


def listener(port: int) -> socket.socket | None:
    """A program that listens there; None while the port is not to be had."""
    other = socket.socket()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        other.bind(("127.0.0.1", port))
    except OSError:
        other.close()
        return None
    other.listen()
    return other


def test_a_port_that_others_took_is_replaced(cloud: Endpoints, run: Run, shop: str) -> None:
    """It is lost while the router is gone, and found out about by the one that is started in its place."""
    before = run.split(shop, to(f"{shop}-a", 100), to(f"{shop}-b", 0, "canary"))
    [router] = [pid for pid in running_in(cloud.home) if b"sandbox.run.router" in command(pid)]
    os.kill(router, signal.SIGKILL)
    port = int(before["uri"].rpartition(":")[2])
    other = wait_until(lambda: listener(port), what="the port")
    assert other
    with closing(other):

        def replaced() -> Document | None:
            now = run.call("GET", f"services/{shop}")
            return now if now["uri"] != before["uri"] else None

        now = wait_until(replaced, what="another address")
        assert now
        assert who(now["uri"]) == f"{shop}-a"
        assert now["trafficStatuses"][1]["uri"] == before["trafficStatuses"][1]["uri"], "it was not lost"
        assert who(now["trafficStatuses"][1]["uri"]) == f"{shop}-b"


def command(pid: int) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123 - it may end meanwhile
        return file.read()


# The pure part


def ready(state: str = "CONDITION_SUCCEEDED") -> Document:
    return {"conditions": [condition("Ready", state)]}


@pytest.mark.parametrize(
    ("service", "served", "wrong"),
    [
        pytest.param(
            {"traffic": [to("s-a", 100)]}, [{"revision": "s-a", "percent": 100, "tag": ""}], "", id="by name"
        ),
        pytest.param(
            {"traffic": [{"type": LATEST, "percent": 100}], "latestReadyRevision": "x/s-a"},
            [{"revision": "s-a", "percent": 100, "tag": ""}],
            "",
            id="the latest ready one",
        ),
        pytest.param(
            {"traffic": [{"type": LATEST, "percent": 100}], "_pending": ["x/s-a"]}, None, "", id="none yet"
        ),
        pytest.param(
            {"traffic": [{"type": LATEST, "percent": 100}], "_failure": "It crashed."},
            None,
            "It crashed.",
            id="none, as the first one failed",
        ),
        pytest.param({"traffic": [to("s-starting", 100)]}, None, "", id="still starting"),
        pytest.param(
            {"traffic": [to("s-a", 50), to("s-failed", 50)]},
            None,
            "Revision 's-failed' is not ready and cannot serve traffic.",
            id="one of two failed",
        ),
    ],
)
def test_what_is_served(service: Document, served: list[Document] | None, wrong: str) -> None:
    revisions = {
        "s-a": ready(), "s-starting": ready("CONDITION_PENDING"), "s-failed": ready("CONDITION_FAILED")
    }  # fmt: skip
    assert resolve(service, revisions) == (served, wrong)


def test_what_the_statuses_say() -> None:
    traffic = [{"type": LATEST, "percent": 90}, to("s-a", 10, "canary"), to("s-b", 0, "former")]
    assert statuses({"traffic": traffic}, lambda tag: f"http://{tag}") == [
        {"type": LATEST, "percent": 90},
        to("s-a", 10, "canary") | {"uri": "http://canary"},
        to("s-b", 0, "former") | {"uri": "http://former"},
    ]


def test_the_router_s_table_has_a_route_for_each_service_and_tag() -> None:
    served = [
        {"revision": "s-a", "percent": 100, "tag": ""},
        {"revision": "s-b", "percent": 0, "tag": "canary"},
    ]
    service = {"name": "x/s", "template": {"timeout": "17s"}, "_served": served}
    ports = {("x/s", ""): 1, ("x/s", "canary"): 2}
    revisions = {"s-a": {"maxInstanceRequestConcurrency": 7}, "s-b": {}}
    made = table([service], revisions, lambda name, tag: ports[name, tag], lambda name: {"address": name})
    assert made == {
        "routes": {
            "1": {"service": "s", "timeout": 17.0, "targets": served[:1]},
            "2": {"service": "s", "timeout": 17.0, "targets": [served[1] | {"percent": 100}]},
        },
        "revisions": {
            "s-a": {"concurrency": 7, "address": "s-a"},
            "s-b": {"concurrency": 80, "address": "s-b"},
        },
    }


def test_a_deleted_service_keeps_no_port_not_even_of_a_tag_that_it_once_had(
    run: Run, image: str, cloud: Endpoints
) -> None:
    name = fresh()
    now = run.did(run.create(name, {"containers": [{"image": image}]}))
    revision = short(now["latestReadyRevision"])
    for targets in ([to(revision, 100, "once")], [to(revision, 100)]):
        run.split(name, *targets)
    assert len(ports(cloud, name)) == 2
    run.did(run.call("DELETE", f"services/{name}"))
    assert not ports(cloud, name)


def ports(cloud: Endpoints, service: str) -> list[str]:
    """The ports that the sandbox has written down for a service."""
    with closing(sqlite3.connect(cloud.home / "state.sqlite")) as state:
        rows = state.execute("SELECT name FROM documents WHERE kind = 'port'").fetchall()
    return [name for (name,) in rows if f"/{service}/" in name]


def test_changes_of_many_services_at_once_are_all_in_force_when_they_are_done(run: Run, image: str) -> None:
    """The router is told whole tables: an older one must not be the last."""

    def deploy(number: int) -> str:
        name = fresh("many")
        run.did(run.create(name, template(image, f"{name}-a"), traffic=[to(f"{name}-a", 100)]))
        for turn in range(4):
            tag = f"t{number}-{turn}"
            now = run.split(name, to(f"{name}-a", 100, tag))
            [uri] = [one["uri"] for one in now["trafficStatuses"] if one.get("tag") == tag]
            answers = [httpx.get(uri).status_code, httpx.get(now["uri"]).status_code]
            if answers != [200, 200]:
                return f"{name}, {tag}: {answers}"
        run.did(run.call("DELETE", f"services/{name}"))
        return ""

    with ThreadPoolExecutor(8) as pool:
        assert [wrong for wrong in pool.map(deploy, range(8)) if wrong] == []
