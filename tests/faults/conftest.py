"""The ground on which samples of the matrix are run: the sandbox that all tests share."""

from collections.abc import Iterator

import pytest

from tests.conftest import Endpoints
from tests.faults.ground import Ground


@pytest.fixture(scope="session")
def ground(cloud: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(cloud, tmp_path_factory.mktemp("faults"))
    made.lay()
    with made.ending:
        yield made
