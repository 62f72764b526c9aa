"""Reading environment files: every fault of a file at once, each with its place and what to write instead."""

import difflib
import json
from typing import Any

from pydantic import ValidationError

from clients.environment import Environment
from clients.environment_faults import problem
from clients.settings import settings
from clients.yaml_file import YamlFile
from domain.refusal import Refused, refuse


def environments() -> list[str]:
    """The names of all environments there are files for."""
    return sorted(path.stem for path in settings().environments.glob("*.yaml"))


def load_environment(name: str) -> Environment:
    """The environment of that name. Refused, with all problems, if there is none or its file is wrong."""
    if name not in environments():
        raise _unknown(name)
    file = YamlFile(settings().environments / f"{name}.yaml")
    if "name" in file.content:
        raise refuse(
            f"{file.at(('name',))}: there is no such key", "leave it out: the file's name is the name"
        )
    content = {"name": name, **file.content, "endpoints": _endpoints(file)}
    try:
        return Environment.model_validate(content)
    except ValidationError as error:
        faults = sorted(error.errors(), key=lambda fault: file.line(fault["loc"]))
        raise Refused(problem(file, fault) for fault in faults) from error


def environment_text(name: str) -> str:
    """The file of that name as it stands, comments and all. Refused if there is none."""
    if name not in environments():
        raise _unknown(name)
    return (settings().environments / f"{name}.yaml").read_text(encoding="utf-8")


def _unknown(name: str) -> Refused:
    folder, known = settings().environments, environments()
    what = f"environment {name!r}: there is no {name}.yaml in {folder}"
    if not known:
        return refuse(what, "add it, or say with MUSTER_ENVIRONMENTS where the environments' files are")
    close = difflib.get_close_matches(name, known, 1)
    meant = f"did you mean {close[0]}? " if close else ""
    return refuse(what, f"{meant}there are: {', '.join(known)}")


def _endpoints(file: YamlFile) -> Any:
    """Given as a path, the endpoints are read from that file: a sandbox writes it when it is ready."""
    given = file.content.get("endpoints")
    if not isinstance(given, str):
        return {} if given is None else given
    path = settings().endpoints or (settings().environments / given).resolve()
    where = f"{file.at(('endpoints',))}: {path}"
    try:
        found = json.loads(path.read_text())
        return {key: found[key] for key in ("google", "slack")}
    except FileNotFoundError as error:
        raise refuse(
            f"{where} is not there", "start the sandbox first (make sandbox): it writes it"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refuse(
            f"{where} names no endpoints",
            'it is to be JSON with "google" and "slack", as a sandbox writes it',
        ) from error
