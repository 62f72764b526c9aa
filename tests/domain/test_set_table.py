"""The catalogue as people ask for it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.recovery_set import Copy, RecoverySet
from domain.retention import plan
from domain.retention_policy import Policy
from domain.set_table import Entry, entries
from tests.domain.recovery_sets import COMPLETE, DAY, INCOMPLETE, NOW, PROVEN, pin, taken

POLICY = Policy(all_for=10 * DAY, weekly=0, monthly=0, yearly=0, minimum=2)
NEWEST = taken(0, PROVEN)


def entry(each: RecoverySet, policy: Policy = POLICY) -> Entry:
    found = {one.set.id: one for one in entries(plan(policy, [NEWEST, taken(0.1), each], NOW))}
    return found[each.id]


@pytest.mark.parametrize(
    ("each", "policy", "kept", "until"),
    [
        pytest.param(taken(4), POLICY, True, NOW + 6 * DAY, id="by its age"),
        pytest.param(taken(4, pins=(pin(30),)), POLICY, True, NOW + 30 * DAY, id="by a pin, for longer"),
        pytest.param(taken(4, pins=(pin(2),)), POLICY, True, NOW + 6 * DAY, id="by its age, for longer"),
        pytest.param(
            taken(4), replace(POLICY, maximum=5), True, None, id="beside a maximum: as long as few are newer"
        ),
        pytest.param(
            taken(40, PROVEN), replace(POLICY, minimum_proven=2), True, None, id="as one of so many"
        ),
        pytest.param(taken(40), POLICY, False, None, id="expires, and is not marked yet"),
        pytest.param(taken(40, expires_at=NOW + DAY), POLICY, False, NOW + DAY, id="expires, marked"),
    ],
)  # fmt: skip
def test_until_when_it_is_kept(each: RecoverySet, policy: Policy, kept: bool, until: datetime | None) -> None:
    found = entry(each, policy)
    assert (found.kept, found.until) == (kept, until)
    assert found.reasons


@pytest.mark.parametrize(
    ("each", "state", "follows"),
    [
        pytest.param(taken(4, PROVEN), "proven (RTO 41 min, RPO 3.5 s)", "until 2026-11-28", id="proven"),
        pytest.param(taken(4, INCOMPLETE), "incomplete", "until 2026-11-28", id="incomplete"),
        pytest.param(taken(40, COMPLETE), "complete", "expires", id="expires"),
        pytest.param(
            taken(40, expires_at=NOW, deleting=True), "being deleted", "expires 2026-11-22",
            id="being deleted",
        ),
    ],
)  # fmt: skip
def test_in_words(each: RecoverySet, state: str, follows: str) -> None:
    found = entry(each)
    assert (found.state, found.what_follows) == (state, follows)


def test_scripts_are_told_all_of_it() -> None:
    each = taken(4, PROVEN, pins=(pin(30),), copies=(Copy("europe", ("gs://e/x",)),))
    told = json.loads(json.dumps(entry(each).to_json()))
    assert told["id"] == "4 d"
    assert told["age_seconds"] == timedelta(days=4).total_seconds()
    assert told["search_snapshot_age_seconds"] == told["age_seconds"]
    assert told["size_bytes"] == 2_300
    assert told["proof"]["achieved_rto_seconds"] == 41 * 60
    assert told["pins"] == [{"who": "ana", "why": "audit", "until": "2026-12-22T14:00:00+00:00"}]
    assert told["copies"][0]["location"] == "europe"
    assert told["until"] == "2026-12-22T14:00:00+00:00"


def test_the_newest_is_first() -> None:
    made = entries(plan(POLICY, [taken(3), NEWEST, taken(50), taken(1)], NOW))
    assert [one.set.id for one in made] == ["0 d", "1 d", "3 d", "50 d"]
