"""An isolated cluster for the tests of a package: it takes ten seconds to start."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict

from elasticsearch import Elasticsearch

from examples.isolation import Isolation
from tests.conftest import Endpoints

NAME = "drills"  # another than examples.isolation's, which tests of the sandbox start and end themselves

# with these settings its disk counts as full: so much would have to be free for a shard more
WATERMARK = "cluster.routing.allocation.disk.watermark"
FULL = {f"{WATERMARK}.low": "8000tb", f"{WATERMARK}.high": "1b", f"{WATERMARK}.flood_stage": "1b"}


@contextmanager
def isolated(cloud: Endpoints) -> Iterator[Elasticsearch]:
    """A client of it. The secret that drill.search names has its address; another drill's mark is none."""
    endpoints = {key: str(value) for key, value in asdict(cloud).items()}
    with closing(Isolation(endpoints, NAME)) as isolation:
        with Elasticsearch(isolation.begin(), request_timeout=60, max_retries=0) as client:
            yield client
        isolation.end()
