"""The index that documents are found through. It can be lost: `app.reindex` makes it anew."""

import logging
from typing import Any
from uuid import UUID

from elasticsearch import ApiError, BadRequestError, Elasticsearch, TransportError
from pydantic import BaseModel

from .documents import Document
from .settings import settings

logger = logging.getLogger(__name__)

MAPPINGS = {
    "dynamic": False,
    "properties": {
        "title": {"type": "text"},
        "body": {"type": "text"},
        "author": {"type": "keyword"},
        "created_at": {"type": "date"},
    },
}
SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",  # said aloud, it also holds for an index that nobody has searched lately
}


class Hit(BaseModel):
    id: UUID
    title: str
    author: str | None
    score: float


class Index:
    """One index of one cluster. Each method raises ApiError or TransportError when search is out of order,
    except `put`.
    """

    def __init__(self, client: Elasticsearch, name: str) -> None:
        self.client = client
        self.name = name
        self._made = False

    def make(self) -> None:
        """Create the index unless it is there; asked again, once it succeeded, it asks nobody.

        Several instances may try at once: one of them creates it, and the others are told so.
        """
        if self._made:
            return
        try:
            self.client.indices.create(index=self.name, mappings=MAPPINGS, settings=SETTINGS)
        except BadRequestError as refusal:
            if refusal.error != "resource_already_exists_exception":
                raise
        self._made = True

    def put(self, document: Document) -> bool:
        """Index a stored document, to be found within about a second. False when that failed."""
        try:
            self.make()
            self.client.index(index=self.name, id=str(document.id), document=source(document))
        except (ApiError, TransportError) as failure:
            logger.warning("document %s is stored but not indexed: %s", document.id, failure)
            return False
        return True

    def find(self, words: str, size: int = 10) -> list[Hit]:
        """The documents that match best, the best first, and of equals the newest."""
        query = {"multi_match": {"query": words, "fields": ["title^2", "body"]}}
        sort = ["_score", {"created_at": "desc"}]
        hits = self._search(query=query, sort=sort, size=size, source=["title", "author"])["hits"]["hits"]
        return [Hit(id=hit["_id"], score=hit["_score"], **hit["_source"]) for hit in hits]

    def count(self) -> int:
        """How many documents can be found."""
        self.make()
        total: int = self._search(size=0, track_total_hits=True)["hits"]["total"]["value"]
        return total

    def _search(self, **request: Any) -> Any:
        """A shard that fails is an error here; by default it is just missing from the answer."""
        return self.client.search(index=self.name, allow_partial_search_results=False, **request)


def source(document: Document) -> dict[str, Any]:
    """What the index keeps of a document."""
    return {
        "title": document.title,
        "body": document.body,
        "author": document.author,
        "created_at": document.created_at,
    }


index = Index(
    Elasticsearch(settings.elasticsearch_url, request_timeout=3, max_retries=1), settings.search_index
)
