"""A recovery from Prefect's form: a plan first, which touches nothing; then the operator's word."""

from pathlib import Path

import pytest

from clients.environment import Environment
from tests.drill_ground import Ground
from tests.prefect_ground import asked, end_of, opened

SEARCH = {"way": "search"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_lost_index_is_recovered_from_prefect(
    env: Environment, ground: Ground, taken: str, tmp_path: Path
) -> None:
    index = ground.search.client.indices
    with opened(tmp_path) as server, asked(server) as prefect:
        index.delete(index=ground.index)
        planned = prefect.ask_for("recover", environment=env.name, wish=SEARCH)
        assert end_of(prefect, planned) == "COMPLETED", prefect.message(planned)
        assert "recovery of the search index" in prefect.artifacts(planned)["markdown"]
        assert not index.exists(index=ground.index), "a plan touches nothing"
        done = prefect.ask_for("recover", environment=env.name, wish=SEARCH, apply=True)
        assert end_of(prefect, done) == "COMPLETED", prefect.message(done)
        assert "RTO" in prefect.artifacts(done)["markdown"]
        assert ground.search.client.count(index=ground.index)["count"] >= 100
