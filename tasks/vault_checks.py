"""Looking at the vault: are its buckets what a vault must be, and is what they hold as it was written?"""

from collections.abc import Callable
from datetime import timedelta

from clients.buckets import Bucket, read_bucket
from clients.checksums import Sums
from clients.environment import Environment
from clients.errors import ClientError, NotFound, is_transient
from clients.object_stream import ObjectStream
from clients.patience import patience
from clients.secret_states import read_version_state
from clients.stored_objects import stat
from domain import wording
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.refusal import Problem, Refused
from domain.vault_layout import is_object
from tasks.step import step

SHORT = timedelta(seconds=5)  # for the second vault, whose absence is in nobody's way but a copy's
KEEPING = "a vault keeps what is written once: each version of it, under one rule of access"


def vault_problems(env: Environment) -> list[Problem]:
    """What is wrong with the buckets of the environment, before anything is written to them.

    A second vault that does not answer is no problem yet: the set is taken, and its copy is owed.
    """
    problems = [*_of_vault(env.vault, read_bucket(env, env.vault)), *_of_state(env)]
    if env.second_vault:
        try:
            with patience(SHORT):
                problems += second_vault_problems(env)
        except ClientError as error:
            if not is_transient(error):
                raise
    return problems


def second_vault_problems(env: Environment) -> list[Problem]:
    """What is in the way of a second copy. Its location has to be up to be asked.

    Raises:
        ClientError: it could not be asked.
    """
    if not env.second_vault:
        return [
            Problem(
                f"{env.name}: it has no second vault",
                "make a bucket in another location, and name it as second_vault in the environment's file",
            )
        ]
    if env.second_vault == env.vault:
        return [_same(env, "it is the vault itself")]
    there = read_bucket(env, env.second_vault)
    problems = _of_vault(env.second_vault, there)
    here = read_bucket(env, env.vault)
    if there and here and there.location == here.location:
        problems.append(_same(env, f"it lies in {there.location}, as the vault does"))
    return problems


@step
def second_location(env: Environment) -> str:
    """Where the second vault lies, as its bucket says, such as europe-west1.

    Raises:
        Refused: there is no second vault that could hold a second copy.
        ClientError: it could not be asked.
    """
    problems = second_vault_problems(env)
    found = read_bucket(env, env.second_vault) if env.second_vault and not problems else None
    if found is None:
        raise Refused(problems)
    return found.location


@step
def check_objects(
    env: Environment, manifest: Manifest, tell: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Read every object that the manifest names; what is not as it says, in sentences.

    Without a digest in the manifest it is compared with what the storage says of it. All bytes are read: a
    storage that serves others than it was given does not say so.

    Raises:
        ClientError: something could not be read, which says nothing about it; and nothing else was wrong.
    """
    wrong: list[str] = []
    unread: list[ClientError] = []
    read = 0
    for part in manifest.parts:
        sizes: list[int] = []
        faults: list[str] = []
        for reference in filter(is_object, part.references):
            try:
                size, found = _read(env, reference, manifest.digests.get(reference))
            except ClientError as error:
                unread.append(error)
                continue
            faults += found
            sizes.append(size)
            read += size
            tell(f"{wording.size(read)} read")
        wrong += faults or _size_faults(part, sizes)
    if unread and not wrong:
        raise unread[0]
    return wrong


@step
def check_secrets(env: Environment, manifest: Manifest) -> list[str]:
    """Each secret version that the manifest names is to be there and ENABLED. No payload is read."""
    wrong = []
    for part in manifest.parts:
        for reference in part.references if part.kind is Kind.SECRETS else ():
            try:
                _, state = read_version_state(env, reference)
            except NotFound:
                wrong.append(f"{reference}: there is no such version")
                continue
            if state != "ENABLED":
                wrong.append(f"{reference}: it is {state}, and a restored service could not read it")
    return wrong


def _read(env: Environment, reference: str, digest: str | None) -> tuple[int, list[str]]:
    found = stat(env, reference)
    if found is None:
        return 0, [f"{reference}: it is gone"]
    sums = Sums()
    for piece in ObjectStream(env, found):
        sums.add(piece)
    faults = []
    if sums.crc32c != found.crc32c:
        faults.append(
            f"{reference}: the storage serves other bytes than were written (CRC32C {sums.crc32c}, "
            f"and it says {found.crc32c})"
        )
    if digest is not None and sums.sha256 != digest:
        faults.append(
            f"{reference}: its {wording.counted(sums.size, 'byte')} have the SHA-256 {sums.sha256}, "
            f"and the manifest has {digest}"
        )
    return sums.size, faults


def _size_faults(part: Part, sizes: list[int]) -> list[str]:
    """What a part weighs, where all of it lies in objects."""
    if part.size is None or len(sizes) != len(part.references) or sum(sizes) == part.size:
        return []
    return [f"{part.kind}: it has {wording.counted(sum(sizes), 'byte')}, and the manifest has {part.size:,}"]


def _of_vault(name: str, found: Bucket | None) -> list[Problem]:
    if found is None:
        return [_missing(name)]
    problems = []
    if not found.versioned:
        problems.append(
            Problem(
                f"gs://{name} has no versioning: what is overwritten or deleted in the vault is lost",
                f"gcloud storage buckets update gs://{name} --versioning",
            )
        )
    if not found.uniform:
        problems.append(
            Problem(
                f"gs://{name} has no uniform bucket-level access: {KEEPING}",
                f"gcloud storage buckets update gs://{name} --uniform-bucket-level-access",
            )
        )
    return problems


def _of_state(env: Environment) -> list[Problem]:
    """Leases are written each second and deleted: what a bucket keeps of them is in the way."""
    found = read_bucket(env, env.state)
    if found is None:
        return [_missing(env.state)]
    problems = []
    if found.versioned:
        problems.append(
            Problem(
                f"gs://{env.state} has versioning, and each renewal of a lease would be kept",
                f"gcloud storage buckets update gs://{env.state} --no-versioning",
            )
        )
    if found.keeps:
        problems.append(
            Problem(
                f"gs://{env.state} keeps objects, and a lease could be neither renewed nor given up",
                f"gcloud storage buckets update gs://{env.state} --clear-retention-period "
                "--no-default-event-based-hold, or name another state bucket",
            )
        )
    return problems


def _missing(name: str) -> Problem:
    return Problem(
        f"gs://{name}: there is no such bucket", "make it, or name another in the environment's file"
    )


def _same(env: Environment, why: str) -> Problem:
    return Problem(
        f"gs://{env.second_vault} is no second location: {why}",
        "name a bucket in another location as second_vault: a location that is lost takes all of it along",
    )
