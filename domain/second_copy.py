"""The second copy of a recovery set: which objects it is made of, where they go, and which sets owe it."""

from collections.abc import Iterable
from dataclasses import replace

from domain.recovery_set import Copy, RecoverySet
from domain.vault_layout import bucket_and_name, is_object, reference


class CopyOwed(Exception):
    """A set is not in the second location. It is complete all the same, and is copied by the next run."""


def copied_as(source: str, to_bucket: str) -> str:
    """An object keeps its name in the other bucket."""
    return reference(to_bucket, bucket_and_name(source)[1])


def objects_of(each: RecoverySet) -> tuple[str, ...]:
    """What Muster stores of a set: the objects its own parts refer to, each once. Backups and snapshots are
    kept by other systems, in locations of their own."""
    found = (one for part in each.parts if part.kind.own for one in part.references if is_object(one))
    return tuple(dict.fromkeys(found))


def owes(each: RecoverySet, manifest: str, to_bucket: str) -> bool:
    """Whether something of the set is not in that bucket, as far as its summary tells: an export that came
    later, too. What cannot be restored, or is about to go, owes nothing."""
    if not each.restorable or each.expires_at is not None:
        return False
    known = {one for copy in each.copies for one in copy.references}
    return any(copied_as(one, to_bucket) not in known for one in (*objects_of(each), manifest))


def with_copy(each: RecoverySet, location: str, references: Iterable[str]) -> RecoverySet:
    """The set with what lies in that location now. What it has there in another bucket stays noted: it is
    to be deleted with the set."""
    others = tuple(copy for copy in each.copies if copy.location != location)
    there = (one for copy in each.copies if copy.location == location for one in copy.references)
    made = Copy(location, tuple(dict.fromkeys((*there, *references))))
    return replace(each, copies=(*others, made))
