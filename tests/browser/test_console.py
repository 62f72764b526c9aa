"""The console as a person sees it, in a browser."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Open
from tests.conftest import Endpoints
from tests.processes import wait_until
from tests.sandbox.run_client import Run, fresh, to

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}
PATIENCE = 10_000  # milliseconds until what happened must be on the page


def template(image: str, revision: str, **fields: Any) -> dict[str, Any]:
    return {"revision": revision, "containers": [{"image": image, **fields}]}


def on_trial(run: Run, image: str, name: str, percent: int) -> tuple[str, str]:
    """A service whose canary has so many percent; baseline and canary."""
    a, b = f"{name}-a", f"{name}-b"
    run.did(run.create(name, template(image, a), traffic=[to(a, 100)]))
    targets = [to(a, 100 - percent), to(b, percent, "canary")]
    run.did(run.patch(name, "template,traffic", template=template(image, b), traffic=targets))
    return a, b


def measured(page: Page, selector: str, side: str) -> float:
    """Width or height on the screen of the first such element, 0 where there is none.

    Found and measured at once: what a locator has found the page may have replaced before it is measured.
    """
    script = "([selector, side]) => document.querySelector(selector)?.getBoundingClientRect()[side] ?? 0"
    return float(page.evaluate(script, [selector, side]))


def width(page: Page, revision: str) -> float:
    """How wide its segment of the split is on the screen; nothing where it has none."""
    return measured(page, f'svg[data-revision="{revision}"] rect', "width")


def requests(page: Page) -> list[Request]:
    """What the page asks for from now on."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright marks what it calls
    return asked


def test_the_split_changes_while_one_looks(console: Open, run: Run, image: str) -> None:
    name = fresh()
    a, b = on_trial(run, image, name, 5)
    page = console()
    page.evaluate("window.opened = 1")
    service = page.locator(f"#service-{name}")
    assert width(page, a) == pytest.approx(19 * width(page, b), rel=0.05)
    colours = [
        service.locator(f'svg[data-revision="{one}"] rect').first.evaluate(
            "box => getComputedStyle(box).fill"
        )
        for one in (a, b)
    ]
    assert colours[0] != colours[1]
    expect(service.locator(".legend li")).to_have_text([f"95 % {a}", f"5 % canary {b}"])
    run.split(name, to(a, 50), to(b, 50, "canary"))
    expect(service.locator(".legend")).to_contain_text("50 % canary", timeout=PATIENCE)
    assert width(page, a) == pytest.approx(width(page, b))
    run.split(name, to(b, 100))
    expect(service.locator(".legend li")).to_have_text([f"100 % {b}"], timeout=PATIENCE)
    assert width(page, a) == 0
    assert page.evaluate("window.opened") == 1, "nobody reloaded it"


def test_a_failed_revision_shows_its_reason(console: Open, run: Run, image: str) -> None:
    page, name = console(), fresh()
    crashing = template(image, f"{name}-a", env=[{"name": "START", "value": "crash"}])
    error = run.failed(run.create(name, crashing))
    service = page.locator(f"#service-{name}")
    row = service.locator(f"#revision-{name}-a")
    expect(row.locator(".badge")).to_have_text("failed", timeout=PATIENCE)
    why = service.locator(f"#revision-{name}-a + .why .reason")
    expect(why).to_be_visible()
    expect(why).to_contain_text("HEALTH_CHECK_CONTAINER_ERROR: The user-provided container failed to start")
    line = float(why.evaluate("one => parseFloat(getComputedStyle(one).lineHeight)"))
    height = measured(page, f"#service-{name} #revision-{name}-a + .why .reason", "height")
    assert 0 < height < 2.5 * line, "a long text is cut"
    assert error["message"] in (why.get_attribute("title") or ""), (
        "and there to its end where one points at it"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(
    console: Open, run: Run, image: str, http: httpx.Client, scheme: str
) -> None:
    name = f"{fresh()}-{'long' * 9}"[:49]
    a, b = f"{name}-{'a' * (62 - len(name))}", f"{name}-{'b' * (62 - len(name))}"
    labels = {"commit": "0123456789abcdef" * 3, "x" * 60: "y" * 60}
    tag = "t" * 40
    run.did(run.create(name, template(image, a), traffic=[to(a, 100)], labels=labels))
    targets = [to(a, 95), to(b, 5, tag)]
    service = run.did(run.patch(name, "template,traffic", template=template(image, b), traffic=targets))
    crashing = template(image, f"{name}-c", env=[{"name": "START", "value": "crash"}])
    run.failed(run.patch(name, "template", template=crashing))
    bucket = fresh("b" * 50)
    http.post("/storage/v1/b?project=sandbox-project", json={"name": bucket}).raise_for_status()
    page = console(viewport=PHONE, color_scheme=scheme)
    uri = service["trafficStatuses"][1]["uri"]

    def counted() -> bool:
        httpx.get(uri)
        return page.locator(f"#revision-{b} .spark").is_visible()

    wait_until(counted, what="its rate is shown")
    for shown in (f"#service-{name} h3", f"#revision-{a}", f"#revision-{b} .badge"):
        expect(page.locator(shown)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    wider = """() => [...document.querySelectorAll("body *")]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML)"""
    assert page.evaluate(wider) == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert (sum(paper) < 3 * 128) == (scheme == "dark")


def test_looking_changes_nothing(console: Open, run: Run, image: str, cloud: Endpoints) -> None:
    on_trial(run, image, fresh(), 5)
    before = run.call("GET", "services")
    page = console()
    asked = requests(page)
    page.reload()
    page.locator("#live", has_text="live").wait_for()
    page.wait_for_timeout(2500)
    assert len(asked) >= 5, "page, style, script, and some looks"
    assert {request.method for request in asked} == {"GET"}
    assert all(request.url.startswith(cloud.console) for request in asked), "nothing is from elsewhere"
    assert run.call("GET", "services") == before
    assert page.locator("form, button, input, select, textarea, [onclick], [contenteditable]").count() == 0


def test_text_from_outside_is_shown_and_not_obeyed(console: Open, run: Run, image: str) -> None:
    name = fresh()
    harm = "<img src=x onerror='window.harmed = 1'><script>window.harmed = 1</script>"
    page = console()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    labels = {"who": harm, "<b>bold</b>": '"><h1>'}
    run.did(run.create(name, template(image, f"{name}-a"), labels=labels))
    run.failed(run.create(f"{name}-x", {"containers": [{"image": harm}]}))
    service = page.locator(f"#service-{name}")
    expect(service.locator(".label")).to_have_text([f"who={harm}", '<b>bold</b>="><h1>'], timeout=PATIENCE)
    expect(page.locator(f"#service-{name}-x")).to_contain_text(harm, timeout=PATIENCE)
    assert page.locator("img, main script, main h1").count() == 0
    assert page.evaluate("window.harmed") is None
    assert not said, "there was nothing for the browser to refuse"


def test_errors_a_second_are_the_canarys(
    console: Open, run: Run, image: str, http: httpx.Client, cloud: Endpoints
) -> None:
    name = fresh()
    a, b = on_trial(run, image, name, 50)
    http.post("/faults", json={"revision": b, "error_rate": 1}).raise_for_status()
    page, uri = console(), run.service(name)["uri"]
    numbers = page.locator(f"#revision-{b} .numbers b")
    of_baseline = page.locator(f"#revision-{a} .numbers b")

    def erring() -> bool:
        for _ in range(10):
            httpx.get(uri)
        if numbers.count() < 2 or of_baseline.count() < 2:  # a look may fall between their first requests
            return False
        return (
            numbers.nth(0).inner_text() == numbers.nth(1).inner_text() != "0"
            and of_baseline.nth(0).inner_text() != "0"
        )

    wait_until(erring, what="the canary's errors and the baseline's requests are shown")
    assert numbers.nth(1).get_attribute("class") == "erring"
    assert of_baseline.nth(1).inner_text() == "0"
    assert measured(page, f"#revision-{b} .spark .failed", "height") > 0


def test_it_says_when_nobody_answers(console: Open) -> None:
    page = console()
    page.context.set_offline(True)
    expect(page.locator("#live")).to_have_text("the sandbox does not answer", timeout=PATIENCE)
    page.context.set_offline(False)
    expect(page.locator("#live")).to_have_text("live", timeout=PATIENCE)


def test_a_page_that_nobody_sees_asks_nothing(console: Open) -> None:
    page = console()
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.wait_for_timeout(1500)
    asked = requests(page)
    page.wait_for_timeout(2500)
    assert not asked
    with page.expect_request("**/sandbox/console?seen=*", timeout=PATIENCE):
        page.evaluate("delete document.hidden")
