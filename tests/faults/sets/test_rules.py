"""The rules themselves: each holds of a run that went well, and tells of one that did not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.recovery_set import Copy, Kind, Part, Proof, RecoverySet, State
from tests.faults.command import Ended
from tests.faults.sets.rules import violations
from tests.faults.sets.seen import Found, Seen
from tests.faults.slack import Thread

AT = datetime(2026, 1, 1, tzinfo=UTC)
FIRST, SECOND, LATER = "20260101-000000-aaaaaa", "20260101-000100-bbbbbb", "20260101-000200-cccccc"
PROOF = Proof("drill", AT, timedelta(minutes=1), timedelta(minutes=1))


def parts(name: str) -> tuple[Part, ...]:
    return (
        Part(Kind.CONFIGURATION, (f"gs://vault/sets/x/{name}/configuration/service.json",), AT),
        Part(Kind.DATABASE, (f"projects/p/backups/{name[-6:]}",), AT),
        Part(Kind.SEARCH, (f"x/muster-set-{name}",), AT),
        Part(Kind.SECRETS, ("projects/p/secrets/s/versions/1",), AT),
    )


def proven(name: str) -> RecoverySet:
    copies = (Copy("EU", (f"gs://second/manifests/x/{name}.json",)),)
    return RecoverySet(name, AT, State.PROVEN, parts(name), PROOF, None, copies, (), "sum")


def complete(name: str) -> RecoverySet:
    return RecoverySet(name, AT, State.COMPLETE, parts(name), manifest_sha256="sum")


def incomplete(name: str) -> RecoverySet:
    return RecoverySet(name, AT, State.INCOMPLETE)


def found(*sets: RecoverySet) -> Found:
    """All of these sets are there, with their parts."""
    ids = [each.id for each in sets if each.parts]
    return Found(
        sets=sets,
        wrong=(),
        backups={f"projects/p/backups/{name[-6:]}": name for name in ids},
        snapshots={f"x/muster-set-{name}": name for name in ids},
        objects=tuple(f"gs://vault/sets/x/{name}/configuration/service.json" for name in ids),
    )


def thread(sign: str, kind: str = "backup") -> Thread:
    return Thread(f"*x: {kind} → x*\n{sign} said\nby faults", ())


GOOD, BAD, WAITS = ":white_check_mark:", ":rotating_light:", ":hourglass_flowing_sand:"
WELL = Seen(
    runbook="backup",
    before=(),
    survived=True,
    ended=(Ended("backup", 0, f"all of it\n{FIRST}\n"),),
    settled=found(complete(FIRST)),
    after=(Ended("backup", 0, SECOND), Ended("expire", 0, "")),
    final=found(proven(SECOND)),
    leases=(),
    threads=(thread(GOOD), thread(GOOD), thread(GOOD, "expire")),
    secrets={"a password": "hunter2hunter2"},
    texts={"Slack": "a set is complete"},
)
KILLED = replace(
    WELL,
    survived=False,
    ended=(Ended("backup", None, ""),),
    settled=found(incomplete(FIRST)),
    threads=(thread(WAITS), thread(GOOD)),
)
EXPIRED = replace(
    WELL,
    runbook="expire",
    before=(FIRST, SECOND),
    ended=(Ended("expire", 0, ""),),
    settled=found(proven(SECOND)),
    after=(Ended("expire", 0, ""),),
    threads=(thread(GOOD, "expire"), thread(GOOD, "expire")),
)


@pytest.mark.parametrize("seen", [WELL, KILLED, EXPIRED], ids=["a backup", "a killed one", "expire"])
def test_a_run_that_went_as_it_should_violates_nothing(seen: Seen) -> None:
    assert violations(seen) == []


LOST = replace(found(proven(SECOND)), snapshots={})


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        pytest.param(
            replace(WELL, settled=found()), "ended with 0, and its set is not there", id="it says it made one"
        ),
        pytest.param(
            replace(WELL, ended=(Ended("backup", 1, "failed"),), survived=False),
            f"sets that no backup says it made: {FIRST}",
            id="it failed, and made one",
        ),
        pytest.param(
            replace(KILLED, settled=found(complete(FIRST), complete(LATER))),
            "sets that no backup says it made",
            id="one run makes two",
        ),
        pytest.param(
            replace(WELL, ended=(Ended("backup", 1, f"{FIRST}: refused\nfailed: why"),)),
            "muster backup ended with 1",
            id="a lost answer ends it",
        ),
        pytest.param(
            replace(
                KILLED,
                settled=replace(
                    found(incomplete(FIRST)),
                    backups={"projects/p/backups/1": FIRST, "projects/p/backups/2": FIRST},
                ),
            ),
            f"when it had ended {FIRST} has 2 Cloud SQL backups",
            id="two backups of one set",
        ),
        pytest.param(
            replace(
                WELL,
                final=replace(
                    found(proven(SECOND)),
                    snapshots={f"{repository}/muster-set-{SECOND}": SECOND for repository in "xy"},
                ),
            ),
            f"in the end {SECOND} has 2 snapshots",
            id="two snapshots of one set",
        ),
        pytest.param(
            replace(KILLED, settled=replace(found(), backups={"projects/p/backups/1": FIRST})),
            f"nothing tells of projects/p/backups/1, which is {FIRST}'s",
            id="a backup nobody knows of",
        ),
        pytest.param(
            replace(
                WELL,
                final=replace(
                    found(proven(SECOND)),
                    objects=(
                        *found(proven(SECOND)).objects,
                        f"gs://vault/sets/x/{FIRST}/configuration/service.json",
                    ),
                ),
            ),
            "in the end nothing tells of gs://vault/sets/x/",
            id="a file nobody knows of",
        ),
        pytest.param(
            replace(WELL, final=found(proven(SECOND), incomplete(FIRST))),
            f"in the end {FIRST} is still there, and incomplete",
            id="an incomplete set stays",
        ),
        pytest.param(
            replace(WELL, final=replace(found(proven(SECOND)), wrong=("x was altered",))),
            "in the end x was altered",
            id="a manifest cannot be read",
        ),
        pytest.param(
            replace(WELL, final=LOST), f"{SECOND} is proven, and its search snapshot", id="a part is gone"
        ),
        pytest.param(
            replace(WELL, final=found(complete(SECOND))), "was never checked", id="a check finds it wrong"
        ),
        pytest.param(
            replace(WELL, final=found(complete(SECOND))), f"in the end {SECOND} has no copy", id="no copy"
        ),
        pytest.param(replace(WELL, final=found()), "in the end there is no set", id="no set is left"),
        pytest.param(
            replace(EXPIRED, settled=found(complete(SECOND))),
            "the proven set is gone",
            id="a proven set goes",
        ),
        pytest.param(
            replace(WELL, after=(Ended("backup", 1, "failed: why"),)),
            "muster backup, undisturbed, ended with 1: failed: why",
            id="a rerun fails",
        ),
        pytest.param(
            replace(WELL, leases=("leases/x/backup",)), "left behind: leases/x/backup", id="a lease is left"
        ),
        pytest.param(
            replace(WELL, texts={"a log": "aHVudGVyMmh1bnRlcjI="}),
            "a password can be read in a log",
            id="a secret is told",
        ),
        pytest.param(
            replace(WELL, threads=(thread(WAITS), thread(GOOD))),
            "that they are under way, and 0 were killed",
            id="Slack waits",
        ),
        pytest.param(
            replace(WELL, threads=(thread(GOOD), thread(BAD))),
            "2 ended with 0, and Slack says so of 1",
            id="Slack says otherwise",
        ),
        pytest.param(
            replace(EXPIRED, threads=()), "2 ended with 0, and Slack says so of 0", id="Slack is silent"
        ),
    ],
)
def test_what_does_not_hold_is_told(seen: Seen, told: str) -> None:
    assert any(told in sentence for sentence in violations(seen)), violations(seen)


def test_a_failed_backup_may_have_written_its_manifest_where_the_answer_never_came() -> None:
    said = "failed: gs://vault/manifests/x/1.json: writing it: no answer"
    seen = replace(
        WELL, ended=(Ended("backup", 1, said),), survived=False, threads=(thread(BAD), thread(GOOD))
    )
    assert violations(seen) == []
