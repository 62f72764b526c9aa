"""Requests of the log: which are users', and what users saw."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.requests import OUR_AGENT, Exposure, Request, exposure, of_users

REQUEST = Request(
    id="r1",
    at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    revision="a-2",
    status=200,
    url="https://ali.run.app/documents",
    remote_ip="192.0.2.1",
    user_agent="curl/8",
)
TAGS = ["https://canary---ali.run.app", "http://localhost:9001/"]


@pytest.mark.parametrize(
    ("request_", "users"),
    [
        pytest.param(REQUEST, True, id="the service's own address"),
        pytest.param(replace(REQUEST, user_agent=OUR_AGENT), False, id="a smoke check"),
        pytest.param(
            replace(REQUEST, user_agent=f"{OUR_AGENT}/2"), False, id="a smoke check, with a version"
        ),
        pytest.param(replace(REQUEST, url=f"{TAGS[0]}/documents"), False, id="a tag's address"),
        pytest.param(replace(REQUEST, url=TAGS[0]), False, id="a tag's address without a path"),
        pytest.param(replace(REQUEST, url="http://localhost:9001/health"), False, id="a tag on a port"),
        pytest.param(replace(REQUEST, url="http://localhost:90011/health"), True, id="a longer port"),
        pytest.param(
            replace(REQUEST, url="https://canary---ali.run.app.evil.example/"),
            True,
            id="an address that begins so",
        ),
        pytest.param(
            replace(REQUEST, url="https://ali.run.app/?next=https://canary---ali.run.app/"),
            True,
            id="a tag's address in the query",
        ),
        pytest.param(replace(REQUEST, user_agent=""), True, id="no user agent"),
    ],
)
def test_only_what_the_split_sent_is_a_users(request_: Request, users: bool) -> None:
    assert bool(of_users([request_], TAGS)) is users


def test_without_tags_every_address_is_the_services() -> None:
    assert of_users([REQUEST], []) == [REQUEST]


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        pytest.param(200, False, id="an answer"),
        pytest.param(404, False, id="the user's mistake"),
        pytest.param(429, False, id="too many instances asked for"),
        pytest.param(499, False, id="the user hung up"),
        pytest.param(500, True, id="the application's error"),
        pytest.param(503, True, id="the platform's error in its place"),
        pytest.param(504, True, id="it took too long"),
        pytest.param(0, False, id="a log without a status"),
    ],
)
def test_a_request_failed_when_its_status_is_5xx(status: int, failed: bool) -> None:
    assert replace(REQUEST, status=status).failed is failed


def test_a_client_is_an_address_with_a_user_agent() -> None:
    clients = {
        replace(REQUEST, remote_ip=ip, user_agent=agent).client
        for ip in ("192.0.2.1", "192.0.2.2")
        for agent in "ab"
    }
    assert len(clients) == 4


def test_users_with_errors_are_counted_once_each() -> None:
    seen = exposure(
        [
            REQUEST,
            replace(REQUEST, status=500),
            replace(REQUEST, status=503),
            replace(REQUEST, remote_ip="192.0.2.2"),
            replace(REQUEST, revision="a-1", status=500),
        ]
    )
    assert seen == {"a-2": Exposure(4, 2, 2, 1), "a-1": Exposure(1, 1, 1, 1)}


REQUESTS = st.lists(
    st.builds(
        replace,
        st.just(REQUEST),
        revision=st.sampled_from(["a-1", "a-2"]),
        status=st.sampled_from([200, 404, 500]),
        remote_ip=st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
    )
)


@given(requests=REQUESTS)
def test_an_exposure_adds_up(requests: list[Request]) -> None:
    seen = exposure(requests)
    assert sum(one.requests for one in seen.values()) == len(requests)
    assert sum(one.errors for one in seen.values()) == sum(request.failed for request in requests)
    for one in seen.values():
        assert one.users_with_errors <= min(one.users, one.errors)
        assert one.users <= one.requests
        assert bool(one.errors) == bool(one.users_with_errors)
