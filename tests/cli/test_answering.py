"""A heartbeat on Cloud Run answers on the port that is wanted there, and nowhere else on any."""

import socket

import httpx
import pytest

from cli.answering import answering
from clients.settings import port


@pytest.fixture
def unused() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found: int = taken.getsockname()[1]
        return found


def test_the_port_that_is_wanted_is_answered(unused: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(unused))
    with answering(port()):
        assert httpx.get(f"http://127.0.0.1:{unused}/any/path").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{unused}/")


def test_without_one_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert port() is None
    with answering(port()):
        pass
