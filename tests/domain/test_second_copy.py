"""Which sets owe a second copy, and what a set is known to have there."""

from dataclasses import replace

import pytest

from domain.recovery_set import Copy, Kind, Part, RecoverySet, State
from domain.second_copy import copied_as, objects_of, owes, with_copy
from tests.domain.recovery_sets import COMPLETE, DAY, INCOMPLETE, NOW, PROVEN, proof, taken

FILE, EXPORT = "gs://vault/sets/e/1/configuration/a.json", "gs://vault/sets/e/1/export/a.sql.gz"
MANIFEST = "gs://vault/manifests/e/1.json"
PARTS = (
    Part(Kind.DATABASE, ("projects/p/backups/1",), NOW),
    Part(Kind.SEARCH, ("repository/1",), NOW),
    Part(Kind.CONFIGURATION, (FILE, FILE), NOW),
    Part(Kind.SECRETS, ("projects/p/secrets/s/versions/1", "gs://others/secret"), NOW),
)
COPIED = Copy("europe-west1", (copied_as(FILE, "second"), copied_as(MANIFEST, "second")))
SET = taken(1, parts=PARTS)


def test_what_muster_stores_is_what_is_copied() -> None:
    assert objects_of(SET) == (FILE,)


def test_a_copy_has_its_source_s_name() -> None:
    assert copied_as(FILE, "second") == "gs://second/sets/e/1/configuration/a.json"


@pytest.mark.parametrize(
    ("each", "owed"),
    [
        pytest.param(SET, True, id="never copied"),
        pytest.param(replace(SET, state=PROVEN, proof=proof()), True, id="a proven one"),
        pytest.param(replace(SET, copies=(COPIED,)), False, id="copied"),
        pytest.param(
            replace(SET, copies=(Copy("europe-west1", COPIED.references[:1]),)), True, id="without manifest"
        ),
        pytest.param(
            replace(SET, copies=(COPIED,), parts=(*PARTS, Part(Kind.EXPORT, (EXPORT,), NOW))),
            True,
            id="an export came later",
        ),
        pytest.param(
            replace(SET, copies=(Copy("europe-west1", ("gs://former/x",)),)), True, id="in another bucket"
        ),
        pytest.param(replace(SET, state=INCOMPLETE), False, id="incomplete"),
        pytest.param(replace(SET, expires_at=NOW + DAY), False, id="marked to expire"),
        pytest.param(replace(SET, expires_at=NOW, deleting=True), False, id="being deleted"),
        pytest.param(taken(1, COMPLETE), True, id="of which nothing but the manifest is an object"),
    ],
)
def test_a_set_that_can_be_restored_owes_what_is_not_there(each: RecoverySet, owed: bool) -> None:
    assert owes(each, MANIFEST, "second") is owed


def test_with_its_copy_a_set_owes_nothing() -> None:
    made = with_copy(SET, COPIED.location, COPIED.references)
    assert made.copies == (COPIED,)
    assert not owes(made, MANIFEST, "second")
    assert with_copy(made, COPIED.location, COPIED.references) == made, "twice is once"


def test_what_lies_elsewhere_or_in_another_bucket_there_goes_with_the_set_too() -> None:
    elsewhere, former = Copy("us", ("gs://us/x",)), Copy("europe-west1", ("gs://former/x",))
    each = replace(SET, copies=(elsewhere, former))
    made = with_copy(each, "europe-west1", ["gs://second/x"])
    assert made.copies == (elsewhere, Copy("europe-west1", ("gs://former/x", "gs://second/x")))
    assert made.state is State.COMPLETE
