"""What is asked for: a release, from a source or as an image."""

import re
from dataclasses import dataclass

from domain.migration import Word
from domain.refusal import Problem

IMAGE = re.compile(r"(?P<repository>[\w.-]+(?::\d+)?(?:/[\w.-]+)+)@(?P<digest>sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class Release:
    """A release to deploy. `source` is a folder that this process can read, `image` a digest-pinned image.

    `ref` is its name for people: a version, a commit. The others are the operator's word: `contract` says
    that the migration is the contract step, `unseen_migration` that it may run unlinted, `fix_forward` that
    a broken baseline is to be deployed over.
    """

    ref: str = ""
    source: str = ""
    image: str = ""
    contract: bool = False
    unseen_migration: bool = False
    fix_forward: bool = False

    @property
    def word(self) -> Word:
        return Word(contract=self.contract, unseen=self.unseen_migration)


def problems(release: Release) -> list[Problem]:
    """What is wrong with a request for a deploy, before anything is looked at."""
    if bool(release.source) == bool(release.image):
        return [Problem("release", "give either --source DIR or --image REPOSITORY@sha256:DIGEST")]
    if release.image and not IMAGE.fullmatch(release.image):
        return [
            Problem(
                f"image {release.image}: a digest is wanted, as a tag may mean another image tomorrow",
                "write it as REPOSITORY@sha256:DIGEST (gcloud artifacts docker images describe prints it)",
            )
        ]
    return []
