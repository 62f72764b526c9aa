"""The page of a drill as a person sees it, in a browser: from its file, without a network."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.drill_check import Result
from domain.drill_document import document
from domain.drill_page import drill_page
from domain.drill_report import DrillReport
from domain.drill_verdict import judged
from tests.domain.drills import NOON, beats, check, loss, report

pytestmark = pytest.mark.slow

LONG = "projects/p/secrets/" + "a-very-long-name-" * 9
WIDTHS = [320, 360, 1280]
Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens the page of a drill with two before it. Nothing is asked for but the file; no error is heard."""
    contexts, heard = [], list[str]()

    def open_page(drilled: DrillReport, **window: Any) -> Page:
        before = [judged(report(id=f"{n}", started_at=NOON - timedelta(days=30 * n))) for n in (1, 2)]
        file = tmp_path / "drill.html"
        file.write_text(drill_page(document(judged(drilled), before)))
        contexts.append(browser.new_context(**window))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("console", lambda said: heard.append(said.text))
        page.on("request", lambda asked: None if asked.url == file.as_uri() else heard.append(asked.url))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not heard


FAILED = report(
    checks=[check("rows"), check("indices", Result.FAILED, f"`{LONG}` is missing"), check(LONG)],
    failure=LONG,
    left=[LONG],
    database=loss(3600, lost=beats(*range(0, 4000, 2))),
    picked=LONG,
    image=LONG,
    run_url=f"http://prefect/{LONG}",
)


def contrast(page: Page, selector: str) -> float:
    """Of the first such element's text against what is behind it, as WCAG 2.1 reckons it."""
    script = """selector => {
      const channel = value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(value => channel(value / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      let element = document.querySelector(selector);
      const ink = light(getComputedStyle(element).color);
      const none = 'rgba(0, 0, 0, 0)';
      while (getComputedStyle(element).backgroundColor === none) element = element.parentElement;
      const behind = light(getComputedStyle(element).backgroundColor);
      return (Math.max(ink, behind) + 0.05) / (Math.min(ink, behind) + 0.05);
    }"""
    return float(page.evaluate(script, selector))


@pytest.mark.parametrize("drilled", [report(), FAILED], ids=["passed", "failed, with long names"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_screen_scrolls_sideways(show: Show, drilled: DrillReport, width: int) -> None:
    page = show(drilled, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert float(page.locator("svg text").first.evaluate("one => one.getBoundingClientRect().height")) >= 9


def test_the_verdict_is_the_first_that_one_reads(show: Show) -> None:
    page = show(report(), viewport={"width": 360, "height": 640})
    heading = page.locator("h1")
    expect(heading).to_be_in_viewport()
    expect(heading).to_have_text(
        "passed restored 1.4 GB and 100,000 documents in 41 s; RTO 58 s of 1 h, RPO 3 s of 15 min; "
        "14 of 14 checks passed"
    )
    failed = show(FAILED)
    expect(failed.locator("h1 .badge")).to_have_text("failed")
    expect(failed.locator(".first")).to_be_in_viewport()


def test_the_bar_is_as_wide_as_the_phases_are_long(show: Show) -> None:
    page = show(report(), viewport={"width": 1000, "height": 800})
    widths = page.locator(".phases i").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert len(widths) == 6
    restore, serve = widths[2], widths[4]
    assert restore == pytest.approx(4.1 * serve, rel=0.02)
    assert min(widths) >= 4, "a short one is seen, too"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("selector", ["h1", ".quiet", ".badge", ".figure", ".checks p", "footer", "dt"])
def test_it_can_be_read_by_day_and_by_night(show: Show, scheme: str, selector: str) -> None:
    assert contrast(show(report(), color_scheme=scheme), selector) >= 4.5
    assert contrast(show(FAILED, color_scheme=scheme), selector) >= 4.5
