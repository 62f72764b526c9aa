"""What is to become of a split that nobody answers for, and how a run that died is said to have ended."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.draft import Draft, draft_from_json
from domain.fences import Fences
from domain.record import ReleaseRecord, Result
from domain.refusal import Problem
from domain.service import UNPROVEN, Mark, Revision, Service, signature
from domain.settlement import Leftover, how_it_ended, leftover
from domain.traffic import CANARY, PREVIOUS, Split, split

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
READY = {name: Revision(name, ready=True) for name in ("a-1", "a-2", "a-3")}
ON_TRIAL = Mark("a-1", "20261122-141503-1a2b3c", "5f", canary="a-2").annotations()
OVER_BROKEN = Mark("a-1", "20261122-141503-1a2b3c", "5f", canary="a-2", broken=True).annotations()
FENCED = Fences({"5f": NOW}, "a-1", "a-3", NOW)


def service(asked: Split | None, annotations: dict[str, str] | None = None) -> Service:
    return Service("ali", "https://ali", "e1", asked, asked, settled=True, annotations=annotations or {})


def canary(percent: int, tag: str = CANARY) -> Split:
    return split({"a-1": 100 - percent, "a-2": percent}, {tag: "a-2"} if tag else {})


@pytest.mark.parametrize(
    ("found", "shares", "why"),
    [
        pytest.param(service(canary(25), ON_TRIAL), {"a-1": 100}, "left 25 % on a-2", id="a canary's share"),
        pytest.param(
            service(canary(25, tag=""), ON_TRIAL),
            {"a-1": 100},
            "left 25 % on a-2",
            id="set by hand, without the tag",
        ),
        pytest.param(service(canary(0), ON_TRIAL), {"a-1": 100}, "left its mark", id="before its first user"),
        pytest.param(
            service(split({"a-1": 100}, {}), ON_TRIAL), {"a-1": 100}, "left its mark", id="nothing but a mark"
        ),
        pytest.param(
            service(canary(100), ON_TRIAL), {"a-1": 100}, "left 100 % on a-2", id="all, not yet smoked there"
        ),
        pytest.param(
            service(canary(100), OVER_BROKEN), {"a-2": 100}, "a-1 is broken", id="all, over a broken baseline"
        ),
        pytest.param(
            service(canary(25), OVER_BROKEN), {"a-1": 100}, "25 %", id="a share, over a broken baseline"
        ),
        pytest.param(
            service(split({"a-3": 100}, {CANARY: "a-2"}), ON_TRIAL),
            {"a-3": 100},
            "left its mark",
            id="somebody gave all to another revision: theirs stays",
        ),
        pytest.param(
            service(split({"a-1": 50, "a-2": 20, "a-3": 30}, {CANARY: "a-2"}), ON_TRIAL),
            {"a-1": 70, "a-3": 30},
            "left 20 %",
            id="somebody gave some to another revision: only the canary's goes",
        ),
        pytest.param(service(canary(30)), {"a-1": 100}, "30 % and no lease", id="no mark, the tag tells"),
        pytest.param(service(canary(0)), {"a-1": 100}, "no trial", id="a tag that a rollback left"),
        pytest.param(service(canary(100)), {"a-2": 100}, "no trial", id="all that there is"),
    ],
)
def test_undone(found: Service, shares: dict[str, int], why: str) -> None:
    left = leftover(found, READY, Fences())
    assert isinstance(left, Leftover)
    assert left.wanted.shares == shares
    assert CANARY not in left.wanted.tags
    assert why in left.why


def test_a_baseline_that_is_gone_is_nothing_to_go_back_to() -> None:
    left = leftover(service(canary(100), ON_TRIAL), {"a-2": READY["a-2"]}, Fences())
    assert isinstance(left, Leftover)
    assert left.serving == "a-2"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(service(split({"a-1": 100}, {PREVIOUS: "a-2"})), id="one revision serves"),
        pytest.param(service(split({"a-1": 70, "a-2": 30}, {})), id="a split by hand, with no canary in it"),
        pytest.param(service(split({"a-1": 100}, {}), {UNPROVEN: "a-1"}), id="a first release, not proven"),
        pytest.param(service(split({"a-1": 100}, {}), signature("5f")), id="signed, and as it was settled"),
        pytest.param(service(split({"a-2": 100}, {}), signature("77")), id="signed by nobody fenced"),
        pytest.param(service(None), id="nothing was ever ready"),
    ],
)
def test_left_alone(found: Service) -> None:
    assert leftover(found, READY, FENCED) is None


def test_what_a_woken_process_set_is_undone_though_it_cleared_its_mark() -> None:
    woken = service(split({"a-2": 100}, {PREVIOUS: "a-1"}), signature("5f"))
    left = leftover(woken, READY, FENCED)
    assert isinstance(left, Leftover)
    assert left.serving == "a-1"
    assert left.wanted.tags == {PREVIOUS: "a-3"}, "what could be gone back to then"
    assert "slept through" in left.why


def test_a_promotion_whose_process_died_last_of_all_stays() -> None:
    """Its lease was taken just now; what served before it is no news of it."""
    before = Fences({"5f": NOW}, "a-1", "a-3", NOW - timedelta(days=1))
    promoted = service(split({"a-2": 100}, {PREVIOUS: "a-1"}), signature("5f"))
    assert leftover(promoted, READY, before) is None


@pytest.mark.parametrize("percent", [0, 25, 100])
def test_a_mark_that_a_woken_process_set_again_is_not_gone_by(percent: int) -> None:
    """Its baseline is of before others had settled all: a recovery, for one, whose old database is fenced."""
    fences = Fences({"5f": NOW}, "a-3", "", NOW)
    left = leftover(service(canary(percent), OVER_BROKEN), READY, fences)
    assert isinstance(left, Leftover)
    assert left.serving == "a-3"
    assert left.mark is None
    assert CANARY not in left.wanted.tags


def test_a_canary_among_several_without_a_mark_is_for_a_person() -> None:
    found = leftover(service(split({"a-1": 50, "a-3": 30, "a-2": 20}, {CANARY: "a-2"})), READY, Fences())
    assert isinstance(found, Problem)
    assert "muster rollback --to" in found.remedy


@given(percent=st.integers(0, 100), marked=st.booleans(), tagged=st.booleans())
def test_settled_once_there_is_nothing_more_to_settle(percent: int, marked: bool, tagged: bool) -> None:
    found = service(canary(percent, CANARY if tagged else ""), ON_TRIAL if marked else {})
    left = leftover(found, READY, Fences())
    if isinstance(left, Leftover):
        assert leftover(service(left.wanted), READY, Fences()) is None
        if percent < 100:
            assert left.serving == "a-1"


def draft(kind: str = "deploy", *, met: bool = False, baseline: str = "a-1", **fields: str) -> Draft:
    record = ReleaseRecord("id", kind, "staging", "ali", "v2", "ana", NOW)
    record.baseline, record.canary = baseline, "a-2"
    for name, value in fields.items():
        setattr(record, name, value)
    return Draft(record, "prove at 25 %", "C1", "1.2", NOW if met else None)


ALONE = {name: service(split({name: 100}, {})) for name in ("a-1", "a-2")}
UNDONE = Leftover(split({"a-1": 100}, {}), "left")


@pytest.mark.parametrize(
    ("drafted", "serves", "undone", "result"),
    [
        pytest.param(draft(met=True), "a-1", UNDONE, Result.ROLLED_BACK, id="users had met it"),
        pytest.param(draft(), "a-1", UNDONE, Result.FAILED, id="no user had met it"),
        pytest.param(draft(met=True), "a-2", None, Result.PROMOTED, id="all was done but the record"),
        pytest.param(draft("rollback"), "a-2", None, Result.ROLLED_BACK, id="a rollback that had moved all"),
        pytest.param(draft("rollback"), "a-1", None, Result.FAILED, id="a rollback that had not"),
        pytest.param(
            draft(baseline="a-2", schema_before="1", schema_after="2"), "a-2", None, Result.PROMOTED,
            id="a migration alone, done",
        ),
        pytest.param(
            draft(baseline="a-2", schema_before="1", schema_after="2"), "a-2", UNDONE, Result.FAILED,
            id="a migration alone, not proven",
        ),
    ],
)  # fmt: skip
def test_how_it_ended(drafted: Draft, serves: str, undone: Leftover | None, result: Result) -> None:
    found, reason = how_it_ended(drafted, ALONE[serves], undone)
    assert found is result
    assert reason == f"the {drafted.record.kind}'s process ended without a word at step 'prove at 25 %'"


def test_a_first_release_that_was_never_proven_is_not_promoted() -> None:
    unproven = service(split({"a-2": 100}, {}), {UNPROVEN: "a-2"})
    assert how_it_ended(draft(baseline=""), unproven, None)[0] is Result.FAILED


def test_what_it_had_said_of_its_failure_is_kept() -> None:
    _, reason = how_it_ended(draft(met=True, reason="the canary errs"), ALONE["a-1"], None)
    assert reason.startswith("the canary errs; the deploy's process ended")


def test_a_draft_comes_back_as_it_was() -> None:
    kept = draft(met=True)
    assert draft_from_json(kept.to_json()) == kept
