"""The backups before migrations: which are kept, and which go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recovery_point import KEPT, PREFIX, Backup, surplus

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def backup(hour: int, *, good: bool = True, ended: bool = True, by: str = PREFIX + "x") -> Backup:
    return Backup(f"b{hour}", by, good, ended, NOON + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("backups", "gone"),
    [
        pytest.param([], [], id="there is none"),
        pytest.param([backup(1), backup(2), backup(3)], [], id="three are kept"),
        pytest.param(
            [backup(4), backup(1), backup(3), backup(2), backup(5)], ["b2", "b1"], id="the oldest go, by age"
        ),
        pytest.param([backup(1), backup(2, good=False)], ["b2"], id="a failed one goes"),
        pytest.param([backup(1, good=False)], [], id="nothing goes while none has succeeded"),
        pytest.param(
            [backup(1), backup(2), backup(3), backup(4, good=False, ended=False)],
            [],
            id="one being taken replaces nothing yet",
        ),
        pytest.param(
            [backup(n, by="before the audit") for n in range(6)] + [backup(9)],
            [],
            id="a person's are left alone",
        ),
    ],
)
def test_only_what_deploys_no_longer_need_goes(backups: list[Backup], gone: list[str]) -> None:
    assert [old.id for old in surplus(backups)] == gone


BACKUPS = st.lists(
    st.builds(
        Backup,
        id=st.uuids().map(str),
        description=st.sampled_from([PREFIX + "x", "by hand", ""]),
        successful=st.booleans(),
        ended=st.booleans(),
        enqueued_at=st.integers(0, 1000).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    )
)


@given(backups=BACKUPS)
def test_the_newest_that_succeeded_is_never_lost(backups: list[Backup]) -> None:
    gone = surplus(backups)
    own = [one for one in backups if one.description.startswith(PREFIX)]
    good = [one for one in own if one.ended and one.successful]
    left = [one for one in good if one not in gone]
    assert len(left) == min(KEPT, len(good))
    assert all(one in own and one.ended for one in gone)
    assert all(old.enqueued_at <= kept.enqueued_at for old in gone if old.successful for kept in left)


@given(backups=BACKUPS)
def test_a_second_look_finds_nothing_more(backups: list[Backup]) -> None:
    gone = surplus(backups)
    assert surplus([one for one in backups if one not in gone]) == []
