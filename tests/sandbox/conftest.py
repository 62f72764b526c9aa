"""What tests of the sandbox share: Cloud Run's client, the small service's image, built once; gcloud."""

import httpx
import pytest

from tests.conftest import Endpoints
from tests.sandbox.gcloud import Gcloud
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
