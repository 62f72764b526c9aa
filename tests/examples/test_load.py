"""The load generator counts what its users saw."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Handler

from examples.load import Load
from examples.load.latency import Latencies
from examples.load.requests import ACCENTED, Documents
from examples.load.users import address


@asynccontextmanager
async def service(answer: Handler) -> AsyncIterator[str]:
    """A web server on a free port, for as long as the block lasts."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


def requests() -> Documents:
    """The same ones each time."""
    return Documents(random.Random(1))


def test_what_users_saw_is_counted_by_revision() -> None:
    sources: dict[str | None, set[str]] = {}
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        sources.setdefault(request.remote, set()).add(request.headers["User-Agent"])
        if asked % 4 == 0:
            return web.Response(status=503)
        bad = asked % 2 == 0
        return web.Response(status=500 if bad else 200, headers={"x-served-by": "bad" if bad else "good"})

    async def scenario() -> None:
        async with service(answer) as url:
            tally = await Load(url, rate=200, clients=5, path="/health", retry=0).run(timedelta(seconds=1))
        assert tally.total.requests == asked > 100
        assert tally.in_flight == tally.retries == 0
        assert tally.revisions["good"].errors == {}
        assert tally.revisions["bad"].errors == {"500": tally.revisions["bad"].requests}
        assert tally.revisions["platform"].errors == {"503": tally.revisions["platform"].requests}
        assert tally.errors == tally.revisions["bad"].requests + tally.revisions["platform"].requests
        assert tally.total.users == tally.total.users_hit == 5
        assert tally.to_json()["revisions"]["good"]["requests"] == tally.revisions["good"].requests

    asyncio.run(scenario())
    assert set(sources) == {address(number) for number in range(5)}
    assert all(len(agents) == 1 for agents in sources.values())


def test_a_failed_request_is_sent_again_as_it_was_until_its_user_gives_up() -> None:
    bodies: list[bytes] = []
    arrived = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        arrived.set()
        return web.Response(status=500)

    async def scenario() -> None:
        async with service(answer) as url:
            load = Load(url, rate=1, clients=1, retry=1, seed=1)
            running = asyncio.create_task(load.run())
            await arrived.wait()
            load.stop()
            tally = await running
        assert tally.retries == 2
        assert len(bodies) == 3
        assert len(set(bodies)) == 1

    asyncio.run(scenario())


def test_a_service_that_is_not_there_is_a_platform_error() -> None:
    async def scenario() -> None:
        tally = await Load("http://127.0.0.1:1", rate=50, retry=0).run(timedelta(seconds=0.3))
        assert tally.revisions["platform"].errors == {"lost": tally.total.requests}

    asyncio.run(scenario())


def test_one_draft_in_five_has_an_author_with_accents() -> None:
    documents = requests()
    drafts = [body for body in (documents.draw().body for _ in range(5_000)) if body]
    accented = [draft for draft in drafts if draft.get("author") in ACCENTED]
    assert 0.18 < len(accented) / len(drafts) < 0.22


def test_a_document_that_is_gone_is_not_asked_for_again() -> None:
    documents = requests()
    documents.learn(documents.draw(), 201, b'{"id": "one"}')
    read = next(request for request in iter(documents.draw, None) if request.path == "/documents/one")
    documents.learn(read, 404, b"")
    assert all(documents.draw().path != "/documents/one" for _ in range(200))


def test_quantiles_are_right_to_a_fortieth() -> None:
    latencies = Latencies()
    for milliseconds in range(1, 1_001):
        latencies.add(milliseconds / 1_000)
    found = [length.total_seconds() for length in latencies.quantiles(0.5, 0.95, 0.99)]
    assert all(
        abs(seconds - exact) / exact < 1 / 40 for seconds, exact in zip(found, (0.5, 0.95, 0.99), strict=True)
    )
