"""The prober, held against outages of known length: right to a second, and never too short."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

import pytest

from clients.environment import Environment
from clients.errors import Unavailable
from domain.recovery import achieved_rto
from domain.timeline import Moment, Timeline
from tasks.prober import PAUSE, Prober
from tests.conftest import Endpoints
from tests.environments import environment_content
from tests.processes import wait_until

CLOUD = {"google": "http://127.0.0.1:9", "slack": "http://127.0.0.1:9/slack"}  # nobody is asked
SECOND = timedelta(seconds=1)


class Server(ThreadingHTTPServer):
    """A service that writes, reads and searches, and can be down."""

    daemon_threads = True
    status = 200
    found_after = 1  # searches until one finds what was written


class Handler(BaseHTTPRequestHandler):
    searches = 0

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        body = b'{"ok": true}'
        if self.path == "/search":
            Handler.searches += 1
            body = b'{"ok": false}' if Handler.searches % self.server.found_after else body
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def served() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def env(tmp_path: object) -> Environment:
    cloud = Endpoints(home=tmp_path, console="", project="a-project", region="us-central1", **CLOUD)  # type: ignore[arg-type]
    over = {
        "service": {
            "smoke": [
                {"name": "write", "path": "/", "expect": {"ok": True}, "within": "5s"},
                {"name": "search", "path": "/search", "expect": {"ok": True}, "eventually": "2s"},
            ]
        }
    }
    return Environment.model_validate({"name": "probed", **environment_content(cloud, "probed", over=over)})


@pytest.mark.parametrize(
    ("lasts", "finds"),
    [
        pytest.param(0.5, 1, id="a short one"),
        pytest.param(2.0, 1, id="two seconds"),
        pytest.param(1.0, 3, id="a search that finds what was written some tries later"),
    ],
)
def test_an_outage_of_known_length(env: Environment, lasts: float, finds: int) -> None:
    known = timedelta(seconds=lasts)
    with served() as server, Prober(env, address(server)) as prober:
        server.found_after = finds
        wait_until(lambda: len([each for each in prober.passes if each.good]) >= 2, what="two good passes")
        lost_at = prober.now()
        server.status = 503
        sleep(lasts)
        server.status = 200
        back_at = prober.now()
        served_at = prober.wait_for_streak(lambda: None, timedelta(seconds=30), after=lost_at)
        last, seen = prober.last_good_before(lost_at), prober.detected_after(lost_at)
    assert last
    rto = achieved_rto(Timeline({Moment.LAST_GOOD: last, Moment.SERVED: served_at}))
    assert isinstance(rto, timedelta)
    assert last <= lost_at
    assert seen or finds > 1, "only what a search is given time for can hide an outage"
    assert not seen or seen > lost_at
    assert served_at >= back_at - timedelta(seconds=PAUSE)
    longest = max(each.ended_at - each.began_at for each in prober.passes if each.good)
    assert known <= rto <= known + SECOND + 2 * longest


def test_what_is_never_good_is_told_with_what_was_wrong(env: Environment) -> None:
    kept = 0

    def keep() -> None:
        nonlocal kept
        kept += 1

    with served() as server, Prober(env, address(server)) as prober:
        server.status = 500
        with pytest.raises(Unavailable, match=r"10 good passes in a row: not within 1 s; .*500 where 200"):
            prober.wait_for_streak(keep, SECOND)
    assert kept
    assert prober.last_good_at is None


def test_where_nobody_listens_passes_fail_and_go_on(env: Environment) -> None:
    with served() as server:
        gone = address(server)
    with Prober(env, gone) as prober:
        wait_until(lambda: len(prober.passes) >= 2, what="two passes")
    assert all("no answer" in each.fault for each in prober.passes)
