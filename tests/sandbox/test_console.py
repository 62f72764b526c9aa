"""The console of a running sandbox: what is on it, what is not, and that it only looks."""

import base64
import re
import secrets
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Endpoints
from tests.processes import wait_until
from tests.sandbox.run_client import Run, fresh, to

Document = dict[str, Any]
Parts = dict[str, str]
Look = Callable[[], Parts]
CLOCK = r"\d\d:\d\d:\d\d"


@pytest.fixture
def look(http: httpx.Client) -> Look:
    """The parts of the page, as they are now."""

    def look() -> Parts:
        parts: Parts = http.get("/sandbox/console").raise_for_status().json()["parts"]
        return parts

    return look


def of_service(parts: Parts, name: str) -> str:
    """What is shown of one service."""
    found = parts["services"].partition(f'<article class="service" id="service-{name}">')[2]
    return found.partition("</article>")[0]


def rows(part: str, name: str) -> list[str]:
    """The lines of a table in which the name stands, without their markup."""
    found = [line for line in part.split("<tr")[1:] if f">{name}<" in line]
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", f"<tr{line}")).split()) for line in found]


def template(image: str, revision: str, **fields: Any) -> Document:
    return {"revision": revision, "containers": [{"image": image, **fields}]}


def test_the_page_asks_for_nothing_from_elsewhere(http: httpx.Client, cloud: Endpoints) -> None:
    page = httpx.get(cloud.console)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; ")
    assert not re.findall(r"https?:|<style|style=|<script(?! src)", page.text)
    for kind, form in (("css", "text/css"), ("js", "text/javascript")):
        made_of = http.get(f"/sandbox/console.{kind}")
        assert made_of.headers["Content-Type"] == f"{form}; charset=utf-8"
        assert not re.findall(r"https?:|@import", made_of.text)


def test_a_canary_is_shown_beside_its_baseline(run: Run, image: str, look: Look) -> None:
    name = fresh()
    a, b = f"{name}-a", f"{name}-b"
    run.did(run.create(name, template(image, a), traffic=[to(a, 100)]))
    targets = [to(a, 95), to(b, 5, "canary")]
    service = run.did(run.patch(name, "template,traffic", template=template(image, b), traffic=targets))
    parts = look()
    shown = of_service(parts, name)
    assert f'<a href="{service["uri"]}">' in shown
    assert f'<span class="tag">canary</span> <a href="{service["trafficStatuses"][1]["uri"]}">' in shown
    assert f'<svg x="0%" width="95%" data-revision="{a}">' in shown
    assert f'<svg x="95%" width="5%" data-revision="{b}">' in shown
    digest = f"sha256:{image.partition('@sha256:')[2][:12]}"
    assert re.fullmatch(rf"{a} ready {CLOCK} {digest}", rows(shown, a)[0])
    assert re.fullmatch(rf"{b} canary ready {CLOCK} {digest}", rows(shown, b)[0])
    (instance,) = rows(parts["instances"], b)
    found = re.fullmatch(rf"{b} (\d+) [0-9a-f]{{8}} {CLOCK}", instance)
    assert found
    assert f"K_REVISION={b}".encode() in Path("/proc", found[1], "environ").read_bytes().split(b"\0")
    assert parts[f"flight {b}"] == "0"
    told = [re.sub(CLOCK, "", line).split(maxsplit=2)[2] for line in rows(parts["operations"], name)]
    assert [re.sub(r" [\d.]+ s$", "", line) for line in told] == [
        f"update service {name} done",
        f"create service {name} done",
    ]


def test_a_revision_that_does_not_start_says_why(run: Run, image: str, look: Look) -> None:
    name = fresh()
    crashing = template(image, f"{name}-a", env=[{"name": "START", "value": "crash"}])
    error = run.failed(run.create(name, crashing))
    shown = of_service(look(), name)
    assert "failed" in rows(shown, f"{name}-a")[0]
    assert f"HEALTH_CHECK_CONTAINER_ERROR: {error['message']}" in unescape(shown)
    assert "No revision has traffic." in shown
    (operation,) = rows(look()["operations"], name)
    assert " failed " in operation
    assert error["message"] in unescape(look()["operations"])


def test_requests_and_errors_are_told_by_revision(
    run: Run, image: str, look: Look, http: httpx.Client
) -> None:
    name = fresh()
    a, b = f"{name}-a", f"{name}-b"
    run.did(run.create(name, template(image, a), traffic=[to(a, 100, "former")]))
    targets = [to(a, 100, "former"), to(b, tag="canary")]
    service = run.did(run.patch(name, "template,traffic", template=template(image, b), traffic=targets))
    former, canary = (status["uri"] for status in service["trafficStatuses"])
    http.post("/faults", json={"revision": b, "error_rate": 1}).raise_for_status()
    assert f"rate {a}" not in look(), "nobody has asked it for anything"

    def counted() -> Parts | None:
        """Requests go on: the numbers are the mean of the last five seconds that are over."""
        httpx.get(former)
        httpx.get(f"{former}/status/404")
        httpx.get(canary)
        parts = look()
        return parts if {f"rate {a}", f"rate {b}"} <= parts.keys() else None

    parts = wait_until(counted, what="the first second is over") or {}
    numbers = r"<b>([\d.]+)</b> <small>req/s</small> <b( class=\"erring\")?>([\d.]+)</b> <small>err/s</small>"
    of_a, of_b = (re.search(numbers, parts[f"rate {one}"]) for one in (a, b))
    assert of_a
    assert of_b
    assert (of_a[2], of_a[3]) == (None, "0"), "what a user did wrong is no error of the service's"
    assert of_b[2]
    assert of_b[3] == of_b[1] != "0"


def test_it_is_told_only_what_it_has_not_seen(http: httpx.Client, look: Look) -> None:
    def same() -> httpx.Response | None:
        version = http.get("/sandbox/console").json()["version"]
        again = http.get("/sandbox/console", params={"seen": version})
        return again if again.status_code == 204 else None

    again = wait_until(same, what="two looks between which nothing happens")
    assert again
    assert again.content == b""
    seen = http.get("/sandbox/console").json()["version"]
    bucket = fresh("bucket")
    http.post("/storage/v1/b?project=sandbox-project", json={"name": bucket}).raise_for_status()
    news = http.get("/sandbox/console", params={"seen": seen})
    assert news.status_code == 200
    assert rows(news.json()["parts"]["buckets"], bucket) == [f"{bucket} 0 0 B"]


def test_buckets_are_counted(http: httpx.Client, look: Look) -> None:
    bucket = fresh("bucket")
    made = {"name": bucket, "versioning": {"enabled": True}}
    http.post("/storage/v1/b?project=sandbox-project", json=made).raise_for_status()
    for name, content in (("a", b"x" * 1500), ("b", b"y" * 100), ("a", b"z" * 2500)):
        params = {"uploadType": "media", "name": name}
        http.post(f"/upload/storage/v1/b/{bucket}/o", params=params, content=content).raise_for_status()
    assert rows(look()["buckets"], bucket) == [f"{bucket} 2 2.6 kB 1 noncurrent"]


def test_an_execution_is_shown_with_its_end(run: Run, image: str, look: Look) -> None:
    good, bad = fresh("good"), fresh("bad")
    for name, code in ((good, 0), (bad, 3)):
        command = ["python", "-c", f"raise SystemExit({code})"]
        run.job(name, {"image": image, "command": command}, {"maxRetries": 0})
    succeeded = run.did(run.call("POST", f"jobs/{good}:run", {}))["name"].rpartition("/")[2]
    operation = run.call("POST", f"jobs/{bad}:run", {})
    error = run.failed(operation)
    failed = operation["metadata"]["name"].rpartition("/")[2]
    parts = look()
    assert re.fullmatch(rf"{succeeded} succeeded 1 of 1 {CLOCK}", rows(parts["executions"], succeeded)[0])
    assert rows(parts["executions"], failed)[0].startswith(f"{failed} failed 0 of 1 ")
    assert error["message"] in unescape(parts["executions"])


def test_no_secret_is_shown(run: Run, image: str, look: Look, http: httpx.Client) -> None:
    secret, name = fresh("secret"), fresh()
    root = f"/v1/projects/{run.project}/secrets"
    http.post(root, params={"secretId": secret}, json={"replication": {"automatic": {}}}).raise_for_status()
    payload = {"payload": {"data": base64.b64encode(b"open-sesame").decode()}}
    http.post(f"{root}/{secret}:addVersion", json=payload).raise_for_status()
    reference = {"secretKeyRef": {"secret": secret, "version": "1"}}
    variables = [{"name": "WORD", "valueSource": reference}, {"name": "PLAIN", "value": "open-door"}]
    annotations = {"note": "open-window"}
    run.did(run.create(name, template(image, f"{name}-a", env=variables), annotations=annotations))
    everything = "".join(look().values())
    assert f"{name}-a" in everything
    assert not re.findall("open-(sesame|door|window)|WORD|PLAIN", everything)


def test_text_from_outside_is_text(run: Run, image: str, look: Look) -> None:
    name = fresh()
    labels = {"who": "<script>alert(1)</script>", '"onclick="x': "'quoted'"}
    run.did(run.create(name, template(image, f"{name}-a"), labels=labels))
    harm = '<img src=x onerror="alert(1)">'
    run.failed(run.create(fresh(), {"containers": [{"image": harm}]}))
    everything = "".join(look().values())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in everything
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in everything
    assert not re.findall(r"<script|<img|\"onclick", everything)


@pytest.mark.parametrize("path", ["/", "/sandbox/console", "/sandbox/console.js"])
def test_it_only_looks_and_no_fault_meets_it(http: httpx.Client, path: str) -> None:
    fault = http.post("/faults", json={"action": "refuse", "times": 100}).raise_for_status().json()
    assert http.get(path).status_code == 200
    assert [one["met"] for one in http.get("/faults").json()["faults"]] == [0]
    http.delete(f"/faults/{fault['name']}").raise_for_status()
    before = http.get("/sandbox/console").json()["parts"]["services"]
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert http.request(method, path, json={}).status_code == 404
    assert http.get("/sandbox/console").json()["parts"]["services"] == before


def test_a_bucket_s_objects_open(http: httpx.Client, look: Look) -> None:
    bucket = f"shelf-{secrets.token_hex(3)}"
    http.post(
        "/storage/v1/b", params={"project": "sandbox-project"}, json={"name": bucket}
    ).raise_for_status()
    page = f"/sandbox/console/buckets/{bucket}"
    assert "There is nothing in it." in http.get(page).raise_for_status().text
    for name, content in (("drills/one.html", b"<p>first</p>"), ("drills/<b>two</b>.html", b"<p>second</p>")):
        http.post(
            f"/upload/storage/v1/b/{bucket}/o",
            params={"uploadType": "media", "name": name},
            content=content,
            headers={"Content-Type": "text/html"},
        ).raise_for_status()
    assert f'href="{page}"' in look()["buckets"]
    shown = http.get(page)
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<b>" not in shown.text, "a name is text"
    opened = [http.get(unescape(link)) for link in re.findall(r'href="(/storage/[^"]*)"', shown.text)]
    assert [(each.text, each.headers["Content-Type"]) for each in opened] == [
        ("<p>second</p>", "text/html"),
        ("<p>first</p>", "text/html"),
    ]
    assert http.get("/sandbox/console/buckets/nowhere").status_code == 404
