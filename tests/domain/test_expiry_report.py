"""What retention is about to do, as people read it."""

from domain.expiry import steps
from domain.expiry_report import LINES, Fate, counts, lines, page, rows, shortened
from domain.recovery_set import RecoverySet
from domain.retention import plan
from domain.retention_policy import Policy
from tests.domain.recovery_sets import COMPLETE, DAY, NOW, PROVEN, pin, taken

STRICT = Policy(all_for=DAY, weekly=0, monthly=0, yearly=0, minimum=1)
NEWEST = taken(0, PROVEN)


def table(*sets: RecoverySet) -> list[tuple[str, str, str]]:
    made = plan(STRICT, sets, NOW)
    return [(row.set.id, row.what, row.why) for row in rows(made, steps(made, NOW))]


def test_every_set_is_told_with_what_becomes_of_it_the_newest_first() -> None:
    told = table(
        taken(9, expires_at=NOW - DAY),
        taken(8, expires_at=NOW - DAY, locked_until=NOW + 5 * DAY),
        taken(7, expires_at=NOW + DAY / 2),
        taken(6),
        taken(0.5, COMPLETE, expires_at=NOW, pins=(pin(3),)),
        NEWEST,
    )
    assert told == [
        ("0 d", "kept", "the newest proven set; the newest set that can be restored; all are kept for 24 h"),
        ("0.5 d", "kept again", "pinned by ana until 2026-11-25 14:00 UTC: audit; all are kept for 24 h"),
        ("6 d", "marked to expire, 2026-11-23 14:00 UTC", "6 days older than the newest set"),
        ("7 d", "waits, 2026-11-23 02:00 UTC", "marked to expire; 7 days older than the newest set"),
        ("8 d", "waits, 2026-11-27 14:00 UTC", "retention lock; 8 days older than the newest set"),
        ("9 d", "goes now", "9 days older than the newest set"),
    ]


def test_a_refused_plan_tells_what_it_would_have_done() -> None:
    made = plan(STRICT, [NEWEST, taken(9, expires_at=NOW - DAY)], NOW)
    told = rows(made, ())
    assert [row.fate for row in told] == [Fate.KEPT, Fate.EXPIRES]
    assert counts(told) == "1 kept, 1 expires"


def test_lines_are_about_what_changes_what_goes_first() -> None:
    made = plan(STRICT, [taken(9, expires_at=NOW - DAY), taken(6), NEWEST, taken(0.1)], NOW)
    told = rows(made, steps(made, NOW))
    assert counts(told) == "2 kept, 1 marked to expire, 1 goes now"
    assert lines(told) == [
        "9 d (complete): goes now: 9 days older than the newest set",
        "6 d (complete): marked to expire, 2026-11-23 14:00 UTC: 6 days older than the newest set",
    ]


def test_a_message_has_an_end() -> None:
    told = shortened([f"set {number}" for number in range(LINES + 2)])
    assert told.splitlines()[-1] == "and 2 other sets"
    assert shortened(["set 1"]) == "set 1"


def test_a_page_shows_what_others_wrote_and_does_not_obey_it() -> None:
    made = plan(STRICT, [taken(0, PROVEN, pins=(pin(3, "a | b <b>c"),))], NOW)
    assert "a \\| b &lt;b>c" in page(rows(made, ()))
    assert page([]) == "There is no recovery set."
    assert counts([]) == "no set"
