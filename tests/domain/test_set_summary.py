"""The summary in object metadata: a round trip within Cloud Storage's limits; refused when it is none."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from domain.recovery_set import Copy, Kind, Part, Pin, RecoverySet, Window
from domain.refusal import Refused
from domain.set_summary import KEYS, PREFIX, from_metadata, to_metadata
from tests.domain.recovery_sets import CHECKED, DAY, INCOMPLETE, NOW, PROVEN, pin, recovery_sets, taken

KINDS = tuple(
    Part(kind, (f"projects/a-project-of-thirty-characters/{kind}/{'x' * 60}",), NOW, 2**40) for kind in Kind
)
ALL = taken(
    3,
    PROVEN,
    parts=KINDS,
    window=Window(NOW - 7 * DAY, NOW),
    copies=(Copy("europe-west1", ("gs://vault-europe/sets/3/manifest.json",)),),
    pins=(pin(3), Pin("joão", "revisão de segurança", NOW + DAY)),
    manifest_sha256="ab" * 32,
    expires_at=NOW + DAY,
    deleting=True,
)


def back(each: RecoverySet) -> RecoverySet:
    return from_metadata(
        to_metadata(each), holds=each.holds, locked_until=each.locked_until, used_by=each.used_by
    )


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(taken(1, INCOMPLETE, parts=()), id="one that has just begun"),
        pytest.param(taken(1), id="complete"),
        pytest.param(taken(1, CHECKED), id="checked"),
        pytest.param(taken(1, PROVEN), id="proven"),
        pytest.param(taken(1, pins=(pin(3), pin(4, "é ü 漢"))), id="pinned in any tongue"),
        pytest.param(taken(1, expires_at=NOW), id="marked to expire"),
        pytest.param(taken(1, expires_at=NOW, deleting=True), id="being deleted"),
        pytest.param(taken(1, holds=("h",), locked_until=NOW, used_by=("d",)), id="held, locked and in use"),
        pytest.param(ALL, id="with all that there can be"),
    ],
)
def test_it_comes_back_as_it_was(each: RecoverySet) -> None:
    assert back(each) == each


@settings(max_examples=30)
@given(each=recovery_sets())
def test_any_set_comes_back_as_it_was(each: RecoverySet) -> None:
    assert back(each) == each


def test_what_storage_and_drills_say_is_no_part_of_it() -> None:
    each = taken(1, holds=("h",), locked_until=NOW, used_by=("d",))
    assert from_metadata(to_metadata(each)) == replace(each, holds=(), locked_until=None, used_by=())


def test_each_key_is_always_there_so_that_what_is_lifted_is_overwritten() -> None:
    assert tuple(to_metadata(taken(1))) == tuple(to_metadata(ALL)) == KEYS


def test_it_is_ascii_but_for_ids_as_headers_carry_it() -> None:
    assert all(text.isascii() for pair in to_metadata(ALL).items() for text in pair)


def test_the_fullest_of_sets_leaves_half_of_the_room() -> None:
    assert sum(len(text.encode()) for pair in to_metadata(ALL).items() for text in pair) < 4096


@pytest.mark.parametrize(
    ("each", "said"),
    [
        pytest.param(
            taken(1, pins=tuple(pin(days) for days in range(80))),
            r"1 d: muster-pins has 5,\d\d\d bytes, and object metadata holds 4,096: .* lift the pins",
            id="pins beyond a value's limit",
        ),
        pytest.param(
            taken(1, pins=(pin(3),) * 60, parts=KINDS * 3, copies=ALL.copies * 30),
            r"1 d: its summary has 9,\d\d\d bytes, and object metadata holds 8,192",
            id="more than all together may be",
        ),
    ],
)
def test_more_than_metadata_holds_is_refused(each: RecoverySet, said: str) -> None:
    with pytest.raises(Refused, match=said):
        to_metadata(each)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        pytest.param("summary", "2", "its version '2' is unknown here", id="of a later version"),
        pytest.param("state", "verified", "'verified' is not a valid State", id="unknown state"),
        pytest.param("state", "proven", "proven by a drill", id="proven by hand"),
        pytest.param("taken-at", "yesterday", "taken-at is no instant", id="no instant"),
        pytest.param("parts", "[", "it is not JSON", id="parts cut short"),
        pytest.param("parts", "[{}]", r"parts\[0\] has no 'at'", id="a part of nothing"),
        pytest.param("pins", '[{"who":"a","why":"b"}]', r"pins\[0\] has no 'until'", id="a pin for ever"),
        pytest.param("expires-at", "2026-11-22", "no time zone", id="a mark of no zone"),
        pytest.param("deleting", "yes", "deleting is 'yes'", id="neither true nor nothing"),
        pytest.param("deleting", "true", "never marked", id="being deleted without a mark"),
        pytest.param("proof", "null1", "it is not JSON", id="a proof that is none"),
        pytest.param("colour", "red", "has 'muster-colour', which is unknown", id="unknown key"),
        pytest.param("copies", None, "has no 'muster-copies'", id="a key is missing"),
    ],
)
def test_what_is_no_summary_is_refused_with_a_reason(key: str, value: str | None, said: str) -> None:
    metadata = to_metadata(taken(1))
    if value is None:
        del metadata[PREFIX + key]
    else:
        metadata[PREFIX + key] = value
    with pytest.raises(Refused, match=f"1 d: its summary cannot be read: .*{said}"):
        from_metadata(metadata)


def test_an_object_without_a_summary_is_no_set() -> None:
    with pytest.raises(Refused, match="a recovery set: its summary cannot be read"):
        from_metadata({})


def test_keys_of_others_are_theirs() -> None:
    assert from_metadata({**to_metadata(taken(1)), "goog-reserved-file-mtime": "7"}) == taken(1)
