"""What a recovery would do, and what it is refused for, before anything is touched."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drill_report import Promise
from domain.loss import Unmeasurable
from domain.recovery_facts import Facts, Prices, Replica
from domain.recovery_page import plan_lines
from domain.recovery_plan import RecoveryPlan, new_instance, plan_recovery
from domain.recovery_record import RecoveryRecord, record_from_json
from domain.recovery_set import Kind, Part, RecoverySet, State, Window
from domain.recovery_wish import Way, Wish

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RUN = "20261123-090000-00abcd"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def a_set(name: str = "s1", *, state: State = State.COMPLETE, age: float = 10, **more: Any) -> RecoverySet:
    at = ago(minutes=age)
    parts = (
        Part(Kind.DATABASE, (f"projects/p/backups/{name}",), at, 2_000_000_000),
        Part(Kind.SEARCH, (f"snapshot {name}",), at),
    )
    return RecoverySet(name, at, state, **{"parts": parts, **more})


REPLICA = Replica("db-replica", "RUNNABLE", ago(seconds=2))
FACTS = Facts(
    environment="shop",
    now=NOW,
    failover=Promise(timedelta(minutes=15), timedelta(minutes=5)),
    restore=Promise(timedelta(hours=1), timedelta(minutes=15)),
    database="db",
    binding=True,
    replicas=(REPLICA,),
    window=Window(ago(days=7), ago(minutes=2)),
    sets=(a_set(),),
    searches=True,
    reindexes=True,
    heartbeat=True,
    acknowledged_at=ago(seconds=1),
    prices=Prices(0.2, 0.01, 5),
)
RECORD = RecoveryRecord(RUN, Way.FAILOVER, "db", "db-replica", ago(minutes=3))


def planned(facts: Facts, wish: Wish) -> RecoveryPlan:
    found = plan_recovery(facts, wish, RUN)
    assert isinstance(found, RecoveryPlan), found
    return found


@pytest.mark.parametrize(
    ("wish", "new", "loss"),
    [
        pytest.param(Wish(Way.FAILOVER), "db-replica", timedelta(seconds=1), id="failover, by the ledger"),
        pytest.param(Wish(Way.SET), f"db-{RUN}", timedelta(seconds=599), id="the newest set"),
        pytest.param(Wish(Way.SET, "s1"), f"db-{RUN}", timedelta(seconds=599), id="a set by its id"),
        pytest.param(Wish(Way.INSTANT), f"db-{RUN}", timedelta(seconds=119), id="the latest instant"),
        pytest.param(
            Wish(Way.INSTANT, at=ago(minutes=5)), f"db-{RUN}", timedelta(seconds=299), id="an instant by name"
        ),
        pytest.param(Wish(Way.SEARCH), "", timedelta(0), id="the search, made anew from the database"),
    ],
)
def test_a_plan_says_where_to_and_what_is_lost(wish: Wish, new: str, loss: timedelta) -> None:
    plan = planned(FACTS, wish)
    assert (plan.new, plan.loss) == (new, loss)
    said = "\n".join(plan_lines("shop", plan))
    assert "predicted loss" in said
    assert "predicted time: no drill of this way has told yet" in said
    if wish.way.changes_database:
        assert plan.steps[0] == "fence db: stop it, and see that it takes no write"


@pytest.mark.parametrize(
    ("over", "wish", "words", "remedy"),
    [
        pytest.param(
            {"replicas": ()}, Wish(Way.FAILOVER), "no replica to promote", "--at INSTANT", id="no replica"
        ),
        pytest.param(
            {}, Wish(Way.FAILOVER, replica="other"), "no replica of db", "db-replica", id="another's replica"
        ),
        pytest.param(
            {"replicas": (replace(REPLICA, state="FAILED"),)},
            Wish(Way.FAILOVER),
            "it is FAILED",
            "wait until",
            id="a replica that has failed",
        ),
        pytest.param(
            {"replicas": (replace(REPLICA, holds_until=ago(minutes=7)),)},
            Wish(Way.FAILOVER),
            "to lose 6 min 59 s of writes, the objective is 5 min",
            "--accept-loss",
            id="a replica far behind",
        ),
        pytest.param(
            {"replicas": (replace(REPLICA, holds_until=None, why="nobody answers"),)},
            Wish(Way.FAILOVER),
            "cannot be predicted: what is held cannot be told: db-replica nobody answers",
            "--accept-loss",
            id="a replica that does not tell",
        ),
        pytest.param({}, Wish(Way.SET, "s9"), "no such recovery set", "muster sets shop", id="no such set"),
        pytest.param(
            {"sets": (a_set(state=State.INCOMPLETE),)},
            Wish(Way.SET, "s1"),
            "it is incomplete",
            "name another",
            id="an incomplete set",
        ),
        pytest.param(
            {"sets": (a_set(deleting=True, expires_at=ago(hours=1)),)},
            Wish(Way.SET, "s1"),
            "being deleted",
            "name another",
            id="a set on its way out",
        ),
        pytest.param({"sets": ()}, Wish(Way.SET), "no recovery set that can be", "--at", id="no set at all"),
        pytest.param(
            {"sets": (a_set(age=20),)},
            Wish(Way.SET, "s1"),
            "to lose 19 min",
            "--accept-loss",
            id="an old set",
        ),
        pytest.param(
            {}, Wish(Way.INSTANT, at=NOW + timedelta(1)), "in the future", "before the damage", id="tomorrow"
        ),
        pytest.param(
            {},
            Wish(Way.INSTANT, at=ago(days=8)),
            "before the recovery window",
            "a set",
            id="before the window",
        ),
        pytest.param(
            {},
            Wish(Way.INSTANT, at=ago(minutes=1)),
            "after the recovery window",
            "within it",
            id="not yet there",
        ),
        pytest.param({"window": None}, Wish(Way.INSTANT), "no recovery window", "--set ID", id="no window"),
        pytest.param(
            {"database": ""}, Wish(Way.FAILOVER), "it has no database", "database", id="no database"
        ),
        pytest.param(
            {"binding": False}, Wish(Way.FAILOVER), "finds its database", "database.binding", id="no binding"
        ),
        pytest.param({"searches": False}, Wish(Way.SEARCH), "no search", "search", id="no search"),
        pytest.param(
            {"sets": (), "reindexes": False},
            Wish(Way.SEARCH),
            "no set holds a snapshot",
            "search.reindex",
            id="nothing to make an index of",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    over: dict[str, Any], wish: Wish, words: str, remedy: str
) -> None:
    found = plan_recovery(replace(FACTS, **over), wish, RUN)
    assert isinstance(found, list)
    [problem] = found
    assert words in problem.what
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(
            {"replicas": (replace(REPLICA, holds_until=ago(minutes=7)),)}, id="more than the objective"
        ),
        pytest.param({"replicas": (replace(REPLICA, holds_until=None),)}, id="what nobody knows"),
    ],
)
def test_a_loss_can_be_accepted(over: dict[str, Any]) -> None:
    assert planned(replace(FACTS, **over), Wish(Way.FAILOVER, accept_loss=True)).new == "db-replica"


def test_how_long_ago_something_was_acknowledged_is_told() -> None:
    """A heartbeat that died an hour before the database tells nothing of that hour."""
    plan = planned(replace(FACTS, acknowledged_at=ago(hours=1)), Wish(Way.FAILOVER))
    assert plan.loss_said.endswith("the newest acknowledged write was 2026-11-23T08:00:00Z, 1 h ago")


def test_without_a_ledger_the_loss_is_told_as_the_most_it_can_be() -> None:
    plan = planned(replace(FACTS, heartbeat=False, acknowledged_at=None), Wish(Way.FAILOVER))
    assert plan.loss == timedelta(seconds=2)
    assert "at most" in plan.loss_said


def test_of_several_replicas_the_one_that_holds_most_is_promoted() -> None:
    others = (
        replace(REPLICA, name="dark", holds_until=None),
        replace(REPLICA, name="far", holds_until=ago(days=1)),
    )
    assert planned(replace(FACTS, replicas=(*others, REPLICA)), Wish(Way.FAILOVER)).new == "db-replica"
    named = Wish(Way.FAILOVER, replica="far", accept_loss=True)
    assert planned(replace(FACTS, replicas=(*others, REPLICA)), named).new == "far"


def test_a_recovery_that_was_killed_goes_on_whatever_is_left_to_see() -> None:
    promoted = RECORD.with_(fenced_at=ago(minutes=2), restored_at=ago(minutes=1))
    plan = planned(replace(FACTS, replicas=(), record=promoted), Wish(Way.FAILOVER))
    assert plan.goes_on == promoted
    assert plan.new == "db-replica"
    assert "db is fenced, db-replica takes writes" in plan.steps[0]


@pytest.mark.parametrize(
    ("record", "wish", "remedy"),
    [
        pytest.param(
            RECORD.with_(restored_at=NOW),
            Wish(Way.SET),
            "muster recover shop --failover --apply",
            id="another writable database is there already",
        ),
        pytest.param(
            RECORD.with_(restored_at=NOW, ended_at=NOW),
            Wish(Way.FAILOVER),
            "write database.instance: db-replica",
            id="it is recovered, and the file does not say so",
        ),
    ],
)
def test_a_second_recovery_is_refused_where_the_first_cannot_be_taken_back(
    record: RecoveryRecord, wish: Wish, remedy: str
) -> None:
    found = plan_recovery(replace(FACTS, record=record), wish, RUN)
    assert isinstance(found, list)
    assert found[0].remedy.endswith(remedy)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(RECORD.with_(ended_at=NOW, old="former"), id="one of another instance"),
        pytest.param(RECORD.with_(way=Way.SET), id="one that made nothing writable"),
        pytest.param(RECORD.with_(new="gone"), id="one to another replica"),
    ],
)
def test_an_earlier_recovery_is_not_in_the_way(record: RecoveryRecord) -> None:
    plan = planned(replace(FACTS, record=record), Wish(Way.FAILOVER, replica="db-replica"))
    assert plan.goes_on is None


def test_a_recovered_instance_that_is_recovered_again_does_not_grow_its_name() -> None:
    once = new_instance("db", RUN)
    assert once == f"db-{RUN}"
    assert new_instance(once, RUN) == once
    assert len(new_instance("d" * 97, RUN)) <= 97


@given(
    held=st.one_of(st.none(), st.integers(0, 10_000)),
    acknowledged=st.one_of(st.none(), st.integers(0, 10_000)),
    accepted=st.booleans(),
)
def test_never_more_than_the_objective_is_lost_without_a_word(
    held: int | None, acknowledged: int | None, *, accepted: bool
) -> None:
    facts = replace(
        FACTS,
        replicas=(replace(REPLICA, holds_until=None if held is None else ago(seconds=held)),),
        acknowledged_at=None if acknowledged is None else ago(seconds=acknowledged),
    )
    found = plan_recovery(facts, Wish(Way.FAILOVER, accept_loss=accepted), RUN)
    if isinstance(found, RecoveryPlan) and not accepted:
        assert not isinstance(found.loss, Unmeasurable)
        assert found.loss <= facts.failover.rpo
    if accepted:
        assert isinstance(found, RecoveryPlan)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(RECORD, id="just begun"),
        pytest.param(
            RECORD.with_(
                fenced_at=NOW, restored_at=NOW, secrets={"url": "4"}, revision="shop-1", ended_at=NOW
            ),
            id="ended",
        ),
    ],
)
def test_a_record_is_kept_and_read_as_it_was(record: RecoveryRecord) -> None:
    assert record_from_json(record.to_json()) == record
