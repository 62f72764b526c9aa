"""The story: six releases in their order, and what is to become of each."""

from collections.abc import Callable
from dataclasses import dataclass

from examples.demo.cloud import Split

BUSY, QUIET = 100, 25  # requests a second: by them a canary is judged; else they show that all goes on


@dataclass(frozen=True)
class Chapter:
    """A release, how it should end, and when the next one may already be asked for.

    `reason` must be part of the record's reason. The next run starts up while this one goes on: it waits for
    the lease.
    """

    release: str
    about: str
    result: str
    reason: str
    next_when: Callable[[Split], bool]
    killed_when: Callable[[Split], bool] | None = None  # its process is, and its end is its record's
    users: int = QUIET  # requests a second, until the next chapter


def canary_has(percent: int) -> Callable[[Split], bool]:
    return lambda split: split.canary_percent >= percent


def at_once(_: Split) -> bool:
    return True


def at_its_end(_: Split) -> bool:
    return False


STORY = (
    Chapter(
        "good",
        "adds a column and uses it",
        "promoted",
        "",
        canary_has(50),
        users=BUSY,
    ),
    Chapter(
        "unlucky",
        "changes next to nothing; the process that deploys it is killed",
        "rolled back",
        "ended without a word",
        at_its_end,
        killed_when=canary_has(10),
        users=BUSY,
    ),
    Chapter(
        "erring",
        "fails one write in five, and only users' writes",
        "rolled back",
        "the canary errs more than the baseline",
        canary_has(10),
        users=BUSY,
    ),
    Chapter(
        "crashing",
        "crashes at start",
        "failed",
        "did not start",
        at_once,
    ),
    Chapter(
        "unsafe",
        "renames a column that the baseline reads",
        "refused",
        "renaming-column",
        at_once,
    ),
    Chapter(
        "breaking",
        "has a migration that passes lint and breaks the baseline",
        "failed",
        "the schema was taken back",
        at_once,
    ),
)
