"""What is wrong with an environment's file, in words: what stands there, and what to write instead."""

import difflib
import json
from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from clients.environment import Environment
from clients.yaml_file import Place, YamlFile
from domain.refusal import Problem

# By pydantic's type of error (https://docs.pydantic.dev/latest/errors/validation_errors/), of its context.
REMEDIES: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "int_parsing": lambda _: "write a whole number",
    "int_type": lambda _: "write a whole number",
    "int_from_float": lambda _: "write a whole number",
    "float_parsing": lambda _: "write a number",
    "float_type": lambda _: "write a number",
    "greater_than": lambda about: f"write more than {about['gt']}",
    "greater_than_equal": lambda about: f"write {about['ge']} or more",
    "less_than": lambda about: f"write less than {about['lt']}",
    "less_than_equal": lambda about: f"write {about['le']} or less",
    "literal_error": lambda about: f"write {_either(about)}",
    "enum": lambda about: f"write {_either(about)}",
    "list_type": lambda _: "write a list, in brackets or with a dash on each line",
    "too_short": lambda _: "write at least one",
    "model_type": lambda _: "write keys and their values beneath it",
    "dict_type": lambda _: "write keys and their values beneath it",
    "string_type": lambda _: "write one text",
    "string_pattern_mismatch": lambda about: f"write it beginning with {about['pattern'].strip('^()?.*$')}",
}


def problem(file: YamlFile, fault: ErrorDetails) -> Problem:
    """One of pydantic's faults as a problem of that file."""
    place = fault["loc"]
    match fault["type"]:
        case "missing":
            what, remedy = "it is missing", f"add it{_description(place)}"
        case "extra_forbidden" | "invalid_key":
            what, remedy = "there is no such key", _meant(place)
        case "value_error":
            what, _, remedy = fault["msg"].removeprefix("Value error, ").partition("; ")
        case _ if fault["input"] is None:
            field = _field(place)
            or_not = "" if field is None or field.is_required() else ", or leave the key out"
            what, remedy = "nothing is written there", f"fill it in{or_not}{_description(place)}"
        case "string_type" if not isinstance(fault["input"], dict | list):
            shown = _shown(fault["input"])
            what, remedy = f"{shown} is not a text", f'write it in quotes: "{shown}"'
        case kind:
            write = REMEDIES[kind](fault.get("ctx", {})) if kind in REMEDIES else fault["msg"]
            what, remedy = f"{_shown(fault['input'])} will not do", f"{write}{_description(place)}"
    return Problem(f"{file.at(place)}: {what}", remedy)


def _meant(place: Place) -> str:
    """What a key that is unknown may have been meant to be."""
    model = _model_at(place[:-1])
    known = [name for name in model.model_fields if name != "name" or len(place) > 1] if model else []
    close = difflib.get_close_matches(str(place[-1]), known, 1)
    return f"did you mean {close[0]}?" if close else f"leave it out, or write one of {', '.join(known)}"


def _model_at(place: Place) -> type[BaseModel] | None:
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


def _field(place: Place) -> FieldInfo | None:
    """The key of the model that a place in the file belongs to; of an item, its list's."""
    names = [part for part in place if isinstance(part, str)]
    model = _model_at(tuple(names[:-1]))
    return model.model_fields.get(names[-1]) if model and names else None


def _description(place: Place) -> str:
    """What the key is about, in brackets; nothing where it goes without saying."""
    field = _field(place)
    return f" ({field.description})" if field and field.description else ""


def _either(about: Mapping[str, Any]) -> str:
    return str(about["expected"]).replace("'", "")


def _shown(given: Any) -> str:
    """As it stands in the file, more or less."""
    text = repr(given) if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
