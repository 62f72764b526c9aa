"""Reading environment files: every fault of a file at once, each with its place and what to write instead."""

import difflib
import json
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from clients.environment import Environment
from clients.settings import settings
from domain.refusal import Problem, Refused, refuse


def environments() -> list[str]:
    """The names of all environments there are files for."""
    return sorted(path.stem for path in settings().environments.glob("*.yaml"))


def load_environment(name: str) -> Environment:
    """The environment of that name. Refused, with all problems, if there is none or its file is wrong."""
    file = settings().environments / f"{name}.yaml"
    if name not in environments():
        known = ", ".join(environments()) or f"none: there is no file in {file.parent}"
        raise refuse(f"environment {name!r}", f"there is no such environment; there are: {known}")
    content = _yaml(file)
    content["endpoints"] = _endpoints(file, content.get("endpoints"))
    try:
        return Environment.model_validate({"name": name, **content})
    except ValidationError as error:
        raise Refused(_problem(file.name, fault) for fault in error.errors()) from error


def _yaml(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text())
    except yaml.YAMLError as error:
        raise refuse(file.name, f"not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise refuse(file.name, "not an environment: a mapping with project, region, service ... is wanted")
    return content


def _endpoints(file: Path, given: Any) -> Any:
    """Given as a path, the endpoints are read from that file: a sandbox writes it when it is ready."""
    override = settings().endpoints
    if not isinstance(given, str):
        return given if given is not None else {}
    path = override or (file.parent / given).resolve()
    if not path.exists():
        raise refuse(f"{file.name}: endpoints: {path}", "not there: start the sandbox first (make sandbox)")
    found = json.loads(path.read_text())
    return {key: found[key] for key in ("google", "slack")}


def _problem(file: str, fault: ErrorDetails) -> Problem:
    place = ".".join(str(part) for part in fault["loc"])
    where = f"{file}: {place}" if place else file
    kind = fault["type"]
    if kind == "missing":
        about = _description(fault["loc"])
        return Problem(where, "is missing; add it" + (f" ({about})" if about else ""))
    if kind == "extra_forbidden":
        known = _keys_beside(fault["loc"])
        close = difflib.get_close_matches(str(fault["loc"][-1]), known, 1)
        meant = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
        return Problem(where, f"there is no such key; {meant}")
    if kind == "value_error":
        return Problem(where, fault["msg"].removeprefix("Value error, "))
    if kind == "string_pattern_mismatch" and place.endswith("name"):
        return Problem(
            f"{where}: {fault['input']!r} is not a name",
            "write lower case letters, digits and dashes, beginning with a letter, 49 characters at most",
        )
    return Problem(f"{where}: {fault['input']!r}", fault["msg"][:1].lower() + fault["msg"][1:])


def _model_at(place: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The part of the model that a place in the file belongs to."""
    model: type[BaseModel] | None = Environment
    for part in place:
        if isinstance(part, int) or model is None:
            continue
        field = model.model_fields.get(part)
        model = _inner(field.annotation) if field else None
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _inner(inner))), None)


def _keys_beside(place: tuple[int | str, ...]) -> list[str]:
    model = _model_at(place[:-1])
    return [name for name in model.model_fields if name != "name" or len(place) > 1] if model else []


def _description(place: tuple[int | str, ...]) -> str:
    model = _model_at(place[:-1])
    field = model.model_fields.get(str(place[-1])) if model else None
    return (field.description or "") if field else ""
