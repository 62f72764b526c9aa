"""What the tests of Cloud Run share: a client, and the image of the small service, built once."""

import httpx
import pytest

from tests.conftest import Endpoints
from tests.sandbox.run_client import SMALL, Run


@pytest.fixture(scope="session")
def run(cloud: Endpoints, http: httpx.Client) -> Run:
    return Run.of(cloud, http)


@pytest.fixture(scope="session")
def image(run: Run) -> str:
    return run.image({name: (SMALL / name).read_bytes() for name in ("Dockerfile", "app.py")})
