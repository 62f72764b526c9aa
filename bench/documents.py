"""Small documents in the sample's index, many at a time, with the sample's own fields; and the same as rows.

Their words are others than the users', whose searches so find what users wrote, however much else there is.
"""

import json
import random
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from bench.postgres import Postgres

INDEX = "documents"
AT_ONCE = 5_000
SEED = 5
WORDS = [f"w{number:05x}" for number in range(20_000)]
LENGTH = (10, 40)  # words
WRITTEN = "2026-11-22T14:15:03Z"
COPY = b"COPY documents (id, title, body, author, created_at) FROM STDIN"


class Document(NamedTuple):
    """One, in the order of the rows' columns."""

    id: str
    title: str
    body: str
    author: str
    created_at: str


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


def store(server: Postgres, count: int) -> None:
    """Store the rows of the same: without them a reindex takes the documents for stale ones."""
    with server.connect() as connection, connection.cursor() as cursor:
        with cursor.copy(COPY) as copy:
            for first in range(0, count, AT_ONCE):
                for document in documents(first, min(count, first + AT_ONCE)):
                    copy.write_row(document)
        connection.execute("VACUUM ANALYZE documents")


def documents(first: int, end: int) -> Iterator[Document]:
    """Those with these numbers; `first` is a multiple of AT_ONCE. The same ones each time."""
    lots = random.Random(SEED + first)  # noqa: S311 - the same documents each time
    for number in range(first, end):
        body = " ".join(lots.choices(WORDS, k=lots.randint(*LENGTH)))
        yield Document(str(uuid.UUID(int=number)), f"document {number}", body, lots.choice(WORDS), WRITTEN)


def _lines(first: int, end: int) -> Iterator[str]:
    for document in documents(first, end):
        yield json.dumps({"index": {"_id": document.id}})
        yield json.dumps({name: value for name, value in document._asdict().items() if name != "id"})
