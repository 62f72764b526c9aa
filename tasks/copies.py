"""Copying what Muster stores of a recovery set to a second location: streamed, and hashed on the way."""

import logging
from collections.abc import Callable, Sequence

from clients.catalogue import Listed, read_catalogue, read_manifest
from clients.checksums import Sums
from clients.environment import Environment
from clients.errors import AlreadyThere, Corrupted, NotFound, PreconditionFailed, Unavailable
from clients.object_stream import PIECE, ObjectStream
from clients.object_uploads import ObjectUpload, UploadGone, begin_upload
from clients.objects import delete_object
from clients.stored_objects import Stored, stat
from clients.upload_notes import forget_upload, note_upload, noted_upload
from domain import wording
from domain.manifest import manifest_from_text
from domain.recovery_set import RecoverySet
from domain.refusal import Refused, refuse
from domain.second_copy import copied_as, objects_of, owes, with_copy
from domain.vault_layout import bucket_and_name
from tasks.catalogue import change_set, find_set
from tasks.step import step
from tasks.vault_checks import second_vault_problems

logger = logging.getLogger("muster")

BEGINNINGS = 3  # of an upload whose sessions end under it

Keep = Callable[[], None]
Tell = Callable[[str], None]


@step
def sets_to_copy(env: Environment, set_id: str) -> list[Listed]:
    """That set, or all that owe a copy, the newest first.

    Raises:
        Refused: there is no second vault; no such set, or one that could not be restored.
    """
    if not env.second_vault:
        raise Refused(second_vault_problems(env))
    catalogue = read_catalogue(env)
    if not set_id:
        bucket = env.second_vault
        return [each for each in catalogue.listed[::-1] if owes(each.set, each.reference, bucket)]
    found = find_set(catalogue, env.name, set_id)
    if not found.set.restorable:
        state = "being deleted" if found.set.deleting else found.set.state
        raise refuse(f"{set_id}: it is {state}, and could not be restored", "copy another set")
    return [found]


@step(named="copy {listed.set.id}")
def copy_one(env: Environment, listed: Listed, location: str, keep: Keep, tell: Tell) -> None:
    """Copy the set's objects to the second vault, its manifest last, and note that they are there.

    What is there already is not copied again, so it may end anywhere, and run again.

    Args:
        location: of the second vault, as its bucket says.
        keep: called for each piece, to keep a lease.
        tell: told how far it is.

    Raises:
        Refused: the manifest was altered, or the set is being deleted.
        Corrupted: bytes are not those that the manifest, or the storage itself, has a sum of.
        ClientError: something could not be read or written; what was copied stays, and counts next time.
    """
    assert env.second_vault
    each = listed.set
    manifest = manifest_from_text(read_manifest(env, each.id), listed.reference)
    sources = dict.fromkeys((*objects_of(manifest.complete("")), *objects_of(each), listed.reference))
    made: list[str] = []
    for number, source in enumerate(sources, 1):

        def said(text: str, before: str = f"object {number} of {len(sources)}") -> None:
            tell(f"{before}, {text}")

        digest = manifest.digests.get(source)
        made.append(copy_object(env, source, env.second_vault, digest, keep=keep, tell=said))
    _note(env, each, location, made)


def copy_object(
    env: Environment, reference: str, to_bucket: str, digest: str | None, *, keep: Keep, tell: Tell
) -> str:
    """Copy an object to another bucket under its own name; the copy's full name.

    One that is there with the same size and CRC32C is done. The bytes are read once, and the last of them are
    sent only when all have the SHA-256 that is wanted: no copy comes of bytes that are wrong. A process that
    was killed has left an upload that goes on where it was: its source is read again, and not sent again.

    Args:
        digest: the SHA-256 in hexadecimal; None where none is known.

    Raises:
        NotFound: there is no such object, or no such bucket to copy to.
        AlreadyThere: something else has that name there.
        Corrupted: the bytes are not those that the digest, or the storage's own sum, is of.
    """
    source = stat(env, reference)
    if source is None:
        raise NotFound(f"{reference}: it is gone", f"muster verify {env.name} tells what else is wrong")
    target = copied_as(reference, to_bucket)
    for _ in range(BEGINNINGS):
        if _is_there(env, source, target):
            return target
        _upload(env, source, to_bucket, digest, keep=keep, tell=tell)
    if _is_there(env, source, target):
        return target
    raise Unavailable(f"{target}: its upload ended {BEGINNINGS} times before all was there", "run it again")


def _is_there(env: Environment, source: Stored, target: str) -> bool:
    there = stat(env, target)
    if there is None:
        return False
    if not there.same_bytes(source):
        raise AlreadyThere(
            f"{target}: something else than {source.reference} has that name",
            "look at it, then delete it: the next copy writes it",
        )
    if source.size > PIECE:
        forget_upload(env, source, there.bucket)
    return True


def _upload(
    env: Environment, source: Stored, bucket: str, digest: str | None, *, keep: Keep, tell: Tell
) -> None:
    """Send the bytes, as far as an earlier process has not. Whether they are there is to be looked at."""
    noted = source.size > PIECE  # what is smaller is sent again as soon as it is asked about
    upload = noted_upload(env, source, bucket) if noted else None
    if upload is None:
        upload = begin_upload(env, source, bucket)
        if noted:
            note_upload(env, source, bucket, upload)
    try:
        _send(env, source, upload, digest, keep=keep, tell=tell)
    except UploadGone as error:
        logger.info(f"{error.what}; it begins anew")
        forget_upload(env, source, bucket)
    except PreconditionFailed:  # somebody was faster, or it was us and the answer was lost
        forget_upload(env, source, bucket)
    except Corrupted:
        upload.cancel()
        forget_upload(env, source, bucket)
        raise


def _send(
    env: Environment, source: Stored, upload: ObjectUpload, digest: str | None, *, keep: Keep, tell: Tell
) -> None:
    sums = Sums()
    for piece in ObjectStream(env, source) if source.size else [b""]:
        at = sums.size
        sums.add(piece)
        if sums.size == source.size:
            _confirm(source, sums, digest)
        upload.send(piece, at)
        keep()
        tell(f"{wording.size(sums.size)} of {wording.size(source.size)}")


def _confirm(source: Stored, sums: Sums, digest: str | None) -> None:
    """Before the last byte is sent."""
    pairs = [
        ("CRC32C", sums.crc32c, source.crc32c, "the storage"),
        ("SHA-256", sums.sha256, digest, "the manifest"),
    ]
    for what, found, wanted, who in pairs:
        if wanted is not None and found != wanted:
            raise Corrupted(
                f"{source.reference}: the {what} of its bytes is {found}, and {who} has {wanted}",
                "it is not copied: do not restore from it",
            )


def _note(env: Environment, each: RecoverySet, location: str, made: Sequence[str]) -> None:
    """On the set. One that goes meanwhile takes its copy along: nobody else would know of that."""

    def noted(now: RecoverySet) -> RecoverySet:
        if now.deleting:
            raise refuse(f"{each.id}: its deletion has begun", "nothing: its copy was removed again")
        return with_copy(now, location, made)

    try:
        change_set(env, each.id, noted)
    except Refused:
        for reference in reversed(made):
            delete_object(env, *bucket_and_name(reference))
        raise
