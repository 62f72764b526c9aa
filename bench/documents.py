"""Small documents in the sample's index, many at a time, with the sample's own fields.

Their words are others than the users', whose searches so find what users wrote, however much else there is.
"""

import json
import random
from collections.abc import Iterator

import httpx

INDEX = "documents"
AT_ONCE = 5_000
SEED = 5
WORDS = [f"w{number:05x}" for number in range(20_000)]
LENGTH = (10, 40)  # words


def index(address: str, count: int) -> None:
    """Index so many, and wait until they lie in the index's files. The index is there already."""
    with httpx.Client(base_url=address, timeout=60) as client:
        for first in range(0, count, AT_ONCE):
            lines = "\n".join(_lines(first, min(count, first + AT_ONCE)))
            kind = {"Content-Type": "application/x-ndjson"}
            answer = client.post(f"/{INDEX}/_bulk", content=f"{lines}\n".encode(), headers=kind)
            answer.raise_for_status()
            assert not answer.json()["errors"], answer.json()
        client.post(f"/{INDEX}/_forcemerge?max_num_segments=1").raise_for_status()
        client.post(f"/{INDEX}/_flush?wait_if_ongoing=true").raise_for_status()


def _lines(first: int, end: int) -> Iterator[str]:
    lots = random.Random(SEED + first)  # noqa: S311 - the same documents each time
    for number in range(first, end):
        yield json.dumps({"index": {"_id": f"bench-{number}"}})
        yield json.dumps(
            {
                "title": f"document {number}",
                "body": " ".join(lots.choices(WORDS, k=lots.randint(*LENGTH))),
                "author": lots.choice(WORDS),
                "created_at": "2026-11-22T14:15:03Z",
            }
        )
