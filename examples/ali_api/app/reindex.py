"""`python -m app.reindex`: make the index say what the database says. Safe to repeat, and while serving."""

from collections.abc import Iterator
from typing import Any

from elasticsearch.helpers import scan, streaming_bulk
from sqlalchemy import select

from .database import Session
from .documents import Document
from .search import index, source


def reindex() -> tuple[int, int]:
    """How many documents were indexed, and how many entries of documents that are no more were removed.

    What is indexed is noted before the database is read. The other way round, a document written between
    the two would look like one that is no more.
    """
    index.make()
    index.client.indices.refresh(index=index.name)
    stale = {hit["_id"] for hit in scan(index.client, index=index.name, source=False)}
    return _bulk(_stored(stale)), _bulk({"_op_type": "delete", "_id": entry} for entry in stale)


def _stored(stale: set[str]) -> Iterator[dict[str, Any]]:
    """Every document as an action for the index; its id is taken off the stale ones."""
    with Session() as session:
        for document in session.scalars(select(Document).execution_options(yield_per=500)):
            stale.discard(str(document.id))
            yield {"_op_type": "index", "_id": str(document.id), "_source": source(document)}


def _bulk(actions: Iterator[dict[str, Any]]) -> int:
    """Carry the actions out; elasticsearch.helpers.BulkIndexError at the first that fails."""
    return sum(1 for _ in streaming_bulk(index.client, actions, index=index.name, ignore_status=404))


if __name__ == "__main__":
    indexed, removed = reindex()
    print(f"{index.name}: {indexed} documents indexed, {removed} removed")
