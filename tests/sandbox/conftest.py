"""What tests of the sandbox share: Cloud Run's client, the small service's image, built once; gcloud."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from google.cloud.storage import Client

from tests.conftest import Endpoints
from tests.sandbox.gcloud import Gcloud
from tests.sandbox.only_storage import Server, started
from tests.sandbox.run_client import SMALL, Run


@pytest.fixture(scope="session")
def run(cloud: Endpoints, http: httpx.Client) -> Run:
    return Run.of(cloud, http)


@pytest.fixture(scope="session")
def image(run: Run) -> str:
    return run.image({name: (SMALL / name).read_bytes() for name in ("Dockerfile", "app.py")})


@pytest.fixture(scope="session")
def gcloud(cloud: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Gcloud:
    return Gcloud.of(cloud, tmp_path_factory.mktemp("gcloud"))


@pytest.fixture(scope="session")
def storage_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A sandbox with Cloud Storage in it alone: days can pass there, and nobody else is the older for it."""
    with started(tmp_path_factory.mktemp("storage-alone")) as server:
        yield server


@pytest.fixture
def server(storage_alone: Server) -> Iterator[Server]:
    """That one, at present and without a fault; what a test tells it, Google's API would parse."""
    httpx.delete(f"{storage_alone.address}/truth")
    yield storage_alone
    storage_alone.set_clock(timedelta())
    httpx.delete(f"{storage_alone.address}/faults")
    assert storage_alone.truth() == []


@pytest.fixture
def alone(server: Server) -> Iterator[httpx.Client]:
    """Plain HTTP to it."""
    with httpx.Client(base_url=server.address, timeout=60) as client:
        yield client


@pytest.fixture
def alone_client(server: Server) -> Client:
    """Google's own client of it."""
    return server.client()
