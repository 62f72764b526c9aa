"""The heartbeat's beats in the search index: which of them a search finds."""

import json
from typing import Any

from elasticsearch import Elasticsearch

from clients.environment import Environment
from clients.patience import patient
from clients.search import asked, search_of
from domain.ledger import beats_in, word
from domain.loss import Beat

PAGE = 10_000  # documents in an answer: what an index allows by default
ALIVE = "2m"  # how long a search that is being paged is kept
AFTER_ALL = "musterbeatx"  # sorts behind every word of a beat: a digit comes before a letter


@patient
def find_beats(env: Environment, field: str, since: int) -> frozenset[Beat]:
    """The beats of that epoch and later ones whose words are in that text field of the service's indices,
    after a refresh; none where there is no index.

    Raises:
        Rejected, Unavailable: a shard does not answer, so that it cannot be told.
    """
    patterns = search_of(env).indices
    with asked(env, f"{env.name}: looking for beats in its search") as client:
        client.indices.refresh(index=patterns, ignore_unavailable=True, allow_no_indices=True)
        if not client.indices.exists(index=patterns, allow_no_indices=False, ignore_unavailable=True):
            return frozenset()
        opened = client.open_point_in_time(index=patterns, keep_alive=ALIVE, ignore_unavailable=True)
        try:
            return frozenset(_pages(client, opened["id"], field, since))
        finally:
            client.close_point_in_time(id=opened["id"])


def _pages(client: Elasticsearch, pit: str, field: str, since: int) -> set[Beat]:
    found: set[Beat] = set()
    after: list[Any] | None = None
    words = {"gte": word(Beat(since, 0)), "lt": AFTER_ALL}
    while True:
        answer = client.search(
            pit={"id": pit, "keep_alive": ALIVE},
            query={"range": {field: words}},
            sort=["_shard_doc"],
            size=PAGE,
            source_includes=[field],
            search_after=after,
            track_total_hits=False,
            allow_partial_search_results=False,
        )
        hits = answer["hits"]["hits"]
        for hit in hits:
            found |= beats_in(json.dumps(hit["_source"]))
        if len(hits) < PAGE:
            return {beat for beat in found if beat.epoch >= since}
        after = hits[-1]["sort"]
