"""The files that a recovery set is made of, read back: each is held against the manifest's SHA-256."""

import logging
from typing import Any

from clients.environment import Environment
from clients.errors import ClientError, Corrupted, NotFound
from clients.objects import read_text
from domain.manifest import Manifest
from domain.second_copy import copied_as
from domain.strict_json import mapping, parse, sha256
from domain.vault_layout import is_object, part_name

logger = logging.getLogger("muster")


def has_set_file(manifest: Manifest, file: str) -> bool:
    """Whether the set has that file: one of a service without a search has no configuration/search.json."""
    return _reference(manifest, file) is not None


def read_set_file(env: Environment, manifest: Manifest, file: str) -> str:
    """The text of a file of the set, such as configuration/search.json, just as it was written. What the
    vault does not give as it was is read from the second vault, if there is one; the log says so.

    `env` may be a drill's target: the file is looked for where the manifest says that it is.

    Raises:
        NotFound: the set has no such file, or it is gone.
        Corrupted: it is not what the manifest has the SHA-256 of.
        ClientError: it could not be read. With a second vault, all of these are of both.
    """
    reference = _reference(manifest, file)
    if reference is None:
        raise NotFound(f"{manifest.id}: its manifest names no {file}", "drill a set that has one")
    try:
        return _read(env, manifest, reference, reference)
    except ClientError as failure:
        if not env.second_vault:
            raise
        logger.warning(f"{manifest.id}: {file} is read from the second vault: {failure.what}")
        try:
            return _read(env, manifest, reference, copied_as(reference, env.second_vault))
        except ClientError as again:
            raise type(again)(f"{failure.what}; {again.what}", again.hint or failure.hint) from failure


def read_set_json(env: Environment, manifest: Manifest, file: str) -> dict[str, Any]:
    """The same for a file that is JSON, which all but the environment's are. Raises as `read_set_file`."""
    text = read_set_file(env, manifest, file)
    try:
        return mapping(parse(text), file)
    except ValueError as error:
        raise Corrupted(f"{manifest.id}: {file}: {error}", "another Muster wrote it: use that one") from error


def _reference(manifest: Manifest, file: str) -> str | None:
    """Its full name, as the manifest has it."""
    ending = "/" + part_name(manifest.environment, manifest.id, file)
    named = (name for part in manifest.parts for name in part.references if is_object(name))
    return next((name for name in named if name.endswith(ending)), None)


def _read(env: Environment, manifest: Manifest, reference: str, place: str) -> str:
    """The object at that place, which is to be what the manifest says of the reference."""
    bucket, _, name = place.removeprefix("gs://").partition("/")
    text = read_text(env, bucket, name)
    if text is None:
        raise NotFound(f"{place}: it is gone", "muster verify tells what else is wrong")
    digest = manifest.digests.get(reference)
    if digest is None:
        raise Corrupted(f"{reference}: the manifest has no SHA-256 of it", "drill another set")
    if sha256(text) != digest:
        raise Corrupted(
            f"{place}: its SHA-256 is {sha256(text)}, and the manifest has {digest}",
            "it was altered: restore from a copy, or another set",
        )
    return text
