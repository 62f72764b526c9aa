"""Resource names of Cloud Run, and the suffixes it makes up."""

import random
import re
import string

from sandbox.kernel.errors import RpcError
from sandbox.kernel.settings import Settings

NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
PARENT = re.compile(r"projects/([^/]+)/locations/([^/]+)")


def parent_of(settings: Settings, project: str, location: str) -> str:
    """The parent as answers carry it; RpcError for a project or region that is not the sandbox's."""
    if not settings.is_project(project):
        raise RpcError("PERMISSION_DENIED", f"Permission denied on resource project {project}.")
    if location != settings.region:
        raise RpcError("NOT_FOUND", f"The requested location {location!r} does not exist.")
    return f"projects/{settings.project}/locations/{location}"


def check_name(name: str, longest: int, what: str) -> None:
    """Cloud Run's rule: lower case letters, digits and dashes, a letter first, no dash last."""
    if not NAME.fullmatch(name) or len(name) > longest:
        raise RpcError(
            "INVALID_ARGUMENT",
            f"{what} must use only lowercase alphanumeric characters and dashes, begin with a letter and not "
            f"end with a dash, and have at most {longest} characters: {name!r}",
        )


def short(name: str) -> str:
    """The last part of a full resource name."""
    return name.rpartition("/")[2]


def suffix(length: int) -> str:
    """Letters and digits that a name made by the platform ends in."""
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=length))


def missing(kind: str, name: str, settings: Settings) -> RpcError:
    return RpcError(
        "NOT_FOUND",
        f"Resource '{name}' of kind '{kind}' in region '{settings.region}' in project "
        f"'{settings.project}' does not exist.",
    )
