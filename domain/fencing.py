"""Whether a database is fenced: what its API tells of it, and what came of an attempt to write."""

from dataclasses import dataclass

from domain.database_instance import RUNNABLE


@dataclass(frozen=True)
class Fence:
    """What is seen of an instance that is to take no write any more."""

    told: bool = False  # its API told of it
    gone: bool = False  # there is no such instance
    state: str = ""  # Cloud SQL's own word
    stopped: bool = False  # its settings say NEVER
    unstopped: str = ""  # why stopping it did not work
    answers: bool = False  # a server is at its address, and may take a write
    read_only: bool = False  # a server is there, which takes none
    refused: bool = False  # the machine is there, and no server
    attempt: str = ""  # what came of the attempt, in words


@dataclass(frozen=True)
class Proof:
    """Whether it is fenced. `final`: no later look will tell otherwise."""

    holds: bool
    said: str
    final: bool = False


def proof_of(seen: Fence, *, by_hand: bool) -> Proof:
    """What may be concluded. A server that answers is never fenced, whatever anybody says."""
    if seen.gone:
        return Proof(True, "there is no such instance any more")
    if seen.answers:
        return Proof(False, f"it still answers ({seen.attempt})" + _why(seen), final=bool(seen.unstopped))
    if seen.stopped and not seen.unstopped:
        return Proof(True, f"its API says that it is stopped, and a write was not taken ({seen.attempt})")
    if seen.told and seen.refused and seen.state != RUNNABLE:
        return Proof(True, f"it is lost: its API says {seen.state}, and nobody answers ({seen.attempt})")
    if by_hand:
        return Proof(True, "by the operator's word; it could be neither stopped nor seen to be stopped")
    told = f"its API says {seen.state}" if seen.told else "its API does not tell of it"
    return Proof(
        False,
        f"it could not be stopped, and {told}{_why(seen)}; "
        "see that it can take no write (stop it, or cut its network), then say so with --fenced-by-hand",
        final=True,
    )


def _why(seen: Fence) -> str:
    return f": {seen.unstopped}" if seen.unstopped else ""
