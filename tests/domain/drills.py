"""Reports of drills to judge and to show: by hand for tables, drawn for properties."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.drill import Path
from domain.drill_check import DrillCheck, Result
from domain.drill_report import RESTORE_DRILL, DrillReport, Promise, Verdict
from domain.loss import Beat, Loss, Unmeasurable
from domain.refusal import Problem
from domain.timeline import Moment, Timeline

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EPOCH = 1_763_812_000


def timeline(**seconds: float) -> Timeline:
    """By moments: T0=0, T5=42."""
    return Timeline({Moment(name): NOON + SECOND * after for name, after in seconds.items()})


def check(
    name: str, result: Result = Result.PASSED, said: str = "as it was", seconds: float = 1.5, **more: Any
) -> DrillCheck:
    return DrillCheck(name, result, said, SECOND * seconds, **more)


def beats(*sequences: int, epoch: int = EPOCH) -> tuple[Beat, ...]:
    return tuple(Beat(epoch, sequence) for sequence in sequences)


def loss(seconds: float = 3, lost: tuple[Beat, ...] = (), phantom: tuple[Beat, ...] = ()) -> Loss:
    return Loss(SECOND * seconds, Beat(EPOCH, 4_711), NOON - SECOND * seconds, lost, phantom)


WHOLE = timeline(T0=0, T2=0.5, T4=2, T5=43, T6=48, T7=58, T8=71)


def report(**fields: Any) -> DrillReport:
    """Of a drill in which all went well; keywords are laid over it."""
    plain = DrillReport(
        id="20261122-120000-1a2b3c",
        kind=RESTORE_DRILL,
        environment="production",
        project="orders-prod",
        service="orders",
        who="ana",
        started_at=NOON,
        promise=Promise(timedelta(hours=1), timedelta(minutes=15)),
        set_id="20261122-060000-aaaaaa",
        picked="the newest, as a recovery would take it; taken 6 h ago, checked",
        path=Path.BACKUP,
        image="us-docker.pkg.dev/orders-prod/muster/orders@sha256:1234",
        database_bytes=1_400_000_000,
        documents=100_000,
        timeline=WHOLE,
        database=loss(),
        search=loss(2),
        skew="no skew: database and index are at the same beat, give or take one",
        checks=[check(f"check {number}") for number in range(1, 15)],
        torn_down=["instance drill-1", "service drill-1"],
        ended_at=NOON + SECOND * 80,
    )
    return replace(plain, **fields)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SPANS = st.timedeltas(timedelta(0), timedelta(days=30))
INSTANTS = st.integers(0, 10**12).map(lambda micros: NOON + timedelta(microseconds=micros))
BEATS = st.frozensets(st.builds(Beat, st.integers(1, 3), st.integers(0, 40)), max_size=30).map(
    lambda found: tuple(sorted(found, key=lambda beat: (beat.epoch, beat.sequence)))
)
LOSSES = st.builds(
    Loss,
    SPANS,
    st.none() | st.builds(Beat, st.integers(0), st.integers(0)),
    st.none() | INSTANTS,
    BEATS,
    BEATS,
) | st.builds(Unmeasurable, TEXT)
REPORTS = st.builds(
    DrillReport,
    id=TEXT,
    kind=TEXT,
    environment=TEXT,
    project=TEXT,
    service=TEXT,
    who=TEXT,
    started_at=INSTANTS,
    promise=st.builds(Promise, SPANS, SPANS),
    set_id=TEXT,
    picked=TEXT,
    path=TEXT,
    defect=st.sampled_from(["", "missing index", "stale"]),
    image=TEXT,
    database_bytes=st.none() | st.integers(0, 2**50),
    documents=st.none() | st.integers(0, 2**40),
    timeline=st.dictionaries(st.sampled_from(Moment), INSTANTS).map(Timeline),
    database=LOSSES,
    search=st.none() | LOSSES,
    skew=TEXT,
    metered=st.sampled_from([(), ("database",), ("database", "search")]),
    checks=st.lists(
        st.builds(DrillCheck, TEXT, st.sampled_from(Result), TEXT, SPANS, st.booleans(), st.booleans()),
        max_size=4,
    ),
    failure=TEXT,
    torn_down=st.lists(TEXT, max_size=2),
    left=st.lists(TEXT, max_size=2),
    kept=st.lists(TEXT, max_size=2),
    ended_at=st.none() | INSTANTS,
    run_url=TEXT,
    verdict=st.none() | st.sampled_from(Verdict),
    reasons=st.lists(st.builds(Problem, TEXT, TEXT), max_size=2),
)
