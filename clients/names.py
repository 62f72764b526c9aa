"""The names that environment files hold, each as its vendor allows it."""

import re
from typing import Annotated

from pydantic import AfterValidator


def named(what: str, pattern: str, remedy: str) -> AfterValidator:
    """Takes texts that match the whole pattern; ValueError, with the remedy, for any other."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is not {what}; {remedy}")
        return text

    return AfterValidator(check)


ServiceName = Annotated[
    str,
    named(
        "a service's name",
        r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?",
        "write lower case letters, digits and dashes, beginning with a letter, 49 characters at most",
    ),
]
ProjectId = Annotated[
    str,
    named(
        "a project's id",
        r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]",
        "write the id, such as my-shop-1234, not the project's name or number",
    ),
]
Region = Annotated[
    str, named("a region", r"[a-z]+(-[a-z]+)+\d+", "write one such as us-central1, without a zone")
]
Bucket = Annotated[
    str,
    named(
        "a bucket's name",
        r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]",
        "write the name alone, without gs:// or a path",
    ),
]
InstanceName = Annotated[
    str,
    named(
        "a Cloud SQL instance's name",
        r"[a-z]([a-z0-9-]{0,96}[a-z0-9])?",
        "write the name alone, without its project and region",
    ),
]
SecretName = Annotated[
    str,
    named(
        "a secret's name",
        r"(projects/[a-z0-9.:-]+/secrets/)?[A-Za-z0-9_-]{1,255}",
        "write its name without a version: each deploy takes the newest that is enabled",
    ),
]
Repository = Annotated[
    str,
    named(
        "a place for images",
        r"([\w.-]+(:\d+)?(/[\w.-]+)+)?",
        "write REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME, without a tag or a digest",
    ),
]
