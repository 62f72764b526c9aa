"""The draft of a drill survives its way through JSON, and what is none is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drill_draft import DrillDraft, drill_draft_from_json, ended_without_a_word
from domain.drill_names import drill_in_holder, drill_in_name, is_named_by, target_name

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ID = "20261123-120000-1a2b3c"
DRAFT = DrillDraft(
    ID, "restore drill", "shop", "shop-api", "ann", NOON, timedelta(minutes=10), target_name(ID)
)

drafts = st.builds(
    DrillDraft,
    id=st.text(),
    kind=st.text(),
    environment=st.text(),
    service=st.text(),
    who=st.text(),
    began_at=st.datetimes(timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda span: timedelta(seconds=span.seconds)),
    target=st.text(),
    set_id=st.text(),
    ended=st.booleans(),
    kept_until=st.none() | st.datetimes(timezones=st.just(UTC)),
    step=st.text(),
    ts=st.text(),
    removed=st.lists(st.text()).map(tuple),
)


@given(drafts)
def test_it_is_read_as_it_was_written(draft: DrillDraft) -> None:
    assert drill_draft_from_json(json.loads(json.dumps(draft.to_json()))) == draft


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({}, id="nothing"),
        pytest.param({**DRAFT.to_json(), "began_at": "yesterday"}, id="no instant"),
        pytest.param({**DRAFT.to_json(), "began_at": "2026-11-23T12:00:00"}, id="no time zone"),
        pytest.param({**DRAFT.to_json(), "length": "long"}, id="no length"),
    ],
)
def test_what_is_no_draft_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        drill_draft_from_json(wrong)


def test_how_it_ended_names_the_step_where_one_is_known() -> None:
    assert ended_without_a_word(DRAFT) == "the drill's process ended without a word"
    at = replace(DRAFT, step="restore database")
    assert ended_without_a_word(at) == "the drill's process ended without a word at step 'restore database'"


@pytest.mark.parametrize(
    ("name", "drill"),
    [
        pytest.param(f"drill-{ID}", ID, id="the instance"),
        pytest.param(f"drill-{ID}-database-url", ID, id="a secret"),
        pytest.param(f"drill-{ID}4", "", id="another id that begins alike"),
        pytest.param("drill-hall", "", id="somebody's own name"),
        pytest.param(f"my-drill-{ID}", "", id="a name that ends alike"),
    ],
)
def test_a_name_tells_its_drill(name: str, drill: str) -> None:
    assert drill_in_name(name) == drill
    assert is_named_by(ID, name) is bool(drill)


def test_a_lease_s_holder_tells_its_drill() -> None:
    assert drill_in_holder(f"restore drill ({ID}, by ann)") == ID
    assert not drill_in_holder("somebody")
