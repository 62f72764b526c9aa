"""How a container becomes a process: its command, its environment, and paths that mean the same.

There is no container: absolute paths in commands and variables that exist in the image's files are replaced
by where these files lie, and so are paths into its virtual environment. A path inside of a file is not.
A command that names the container's port is given the instance's: all share the machine's ports.
"""

import re
from pathlib import Path
from typing import Protocol

from sandbox.builds.environment import Environments
from sandbox.builds.image import Image
from sandbox.kernel.errors import RpcError
from sandbox.kernel.settings import Settings
from sandbox.kernel.state import Document

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ROOT = {"", "root", "0"}


class Secrets(Protocol):
    """What Cloud Run asks of Secret Manager. RpcError where it refuses."""

    def access(self, name: str, version: str) -> bytes: ...


class SecretMissing(Exception):
    """A secret that a container's variable refers to cannot be had."""

    def __init__(self, variable: str, reference: Document, why: str) -> None:
        super().__init__(why)
        self.variable = variable
        self.reference = reference
        self.why = why


def command(image: Image, container: Document, environments: Environments) -> list[str]:
    """Cloud Run's `command` replaces the entry point, its `args` replace the command."""
    virtual = environments.path(image.config.environment)
    entrypoint = container.get("command") or image.config.entrypoint
    own_command = [] if container.get("command") else image.config.cmd
    args = container.get("args") or own_command
    return [real(part, image, virtual) for part in [*entrypoint, *args]]


def at_port(parts: list[str], asked: int, given: int) -> list[str]:
    """The command with its own port put in the place of the one that the container was to listen on.

    It is known by what goes before: a colon (`0.0.0.0:8080`) or an option (`--port 8080`, `-p=8080`).
    """
    option = r"(?:(?<=[\s\0])|^)-(?:p|-(?:[\w-]*-)?port)[\s\0=]+"
    text = re.sub(rf"(:|{option}){asked}(?![\w.:])", rf"\g<1>{given}", "\0".join(parts))
    return text.split("\0")


def working_folder(image: Image, container: Document) -> Path:
    folder = container.get("workingDir") or image.config.workdir
    return image.rootfs / folder.lstrip("/")


def runs_as_root(image: Image) -> bool:
    return image.config.user.partition(":")[0] in ROOT


def real(text: str, image: Image, virtual: Path) -> str:
    """The text with every absolute path of the image replaced by where it lies: first files, then the virtual
    environment, wherever the image has it.
    """

    def place(match: re.Match[str]) -> str:
        path = Path(match[0])
        inside = image.rootfs / match[0].lstrip("/")
        if match[0].strip("/") and inside.exists():
            return str(inside)
        for folder in image.config.places:
            if path.is_relative_to(folder) and (virtual / path.relative_to(folder)).exists():
                return str(virtual / path.relative_to(folder))
        return match[0]

    return re.sub(r"(?<![\w/.:}])/[\w./-]+", place, text)


def environment(
    image: Image, container: Document, environments: Environments, secrets: Secrets, own: dict[str, str]
) -> dict[str, str]:
    """The process's whole environment: the image's, the platform's own, the container's, secrets resolved."""
    virtual = environments.path(image.config.environment)
    variables = {name: _paths(value, image, virtual) for name, value in image.config.env.items()}
    path = variables.pop("PATH", "")
    values = {
        "HOME": "/tmp",  # noqa: S108 - as in a container
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **variables,
        "PATH": ":".join(part for part in (f"{virtual}/bin", path, SYSTEM_PATH) if part),
        "VIRTUAL_ENV": str(virtual),
        **own,
    }
    for variable in container.get("env", []):
        values[variable["name"]] = _value(variable, secrets)
    return values


def check_secrets(container: Document, secrets: Secrets) -> None:
    """SecretMissing for the first secret that a deploy with this container would not be given."""
    for variable in container.get("env", []):
        _value(variable, secrets)


def secret_name(reference: Document, settings: Settings) -> str:
    """The full name of a referenced version, with the project's number, as messages carry it."""
    short = reference["secret"].rpartition("/")[2]
    return f"projects/{settings.number}/secrets/{short}/versions/{reference.get('version') or 'latest'}"


def _value(variable: Document, secrets: Secrets) -> str:
    reference = variable.get("valueSource", {}).get("secretKeyRef")
    if reference is None:
        value: str = variable.get("value", "")
        return value
    try:
        return secrets.access(reference["secret"], reference.get("version") or "latest").decode()
    except RpcError as error:
        raise SecretMissing(variable["name"], reference, error.message) from error


def _paths(value: str, image: Image, virtual: Path) -> str:
    return ":".join(real(part, image, virtual) for part in value.split(":"))
