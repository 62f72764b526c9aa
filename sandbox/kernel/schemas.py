"""The messages of one of Google's APIs, as its discovery document has them: fields, types, formats, enums.

What the document does not say is not checked: required fields, read-only fields, one-of.
"""

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "number": (int, float),
}
INT64 = re.compile(r"-?\d+")
SUFFIXES = {
    "int64": INT64,
    "uint64": re.compile(r"\d+"),
    "google-datetime": re.compile(r"\d{4}-\d\d-\d\dT.*"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT.*"),
    "google-duration": re.compile(r"-?\d+(\.\d+)?s"),
}


class Schemas:
    """The schemas of one document, by name."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas

    def check(self, schema: str, value: Any, *, numbers: bool = False, at: str = "") -> Iterator[str]:
        """What of the value the schema does not admit, each with the path to it."""
        yield from self._check({"$ref": schema}, value, at, numbers)

    def _check(self, about: dict[str, Any], value: Any, at: str, numbers: bool) -> Iterator[str]:
        if value is None and numbers:  # in a request null clears a field, or says nothing
            return
        if "$ref" in about:
            about = self._schemas[about["$ref"]]
        kind = about.get("type", "any")
        if kind == "object":
            yield from self._check_object(about, value, at, numbers)
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{at}: a list is wanted, not {value!r}"
            else:
                for index, item in enumerate(value):
                    yield from self._check(about["items"], item, f"{at}[{index}]", numbers)
        elif kind != "any":
            yield from _check_scalar(about, kind, value, at, numbers)

    def _check_object(self, about: dict[str, Any], value: Any, at: str, numbers: bool) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: an object is wanted, not {value!r}"
            return
        properties = about.get("properties", {})
        others = about.get("additionalProperties")
        packed = self._unpacked(value.get("@type")) if others and "@type" in value else None
        if packed:
            content = {name: item for name, item in value.items() if name != "@type"}
            yield from self._check({"$ref": packed}, content, at, numbers)
            return
        for name, item in value.items():
            where = f"{at}.{name}" if at else name
            if name in properties:
                yield from self._check(properties[name], item, where, numbers)
            elif others:
                yield from self._check(others, item, where, numbers)
            elif item is not None or not numbers:  # in `retention`, google-cloud-storage sends such a null
                yield f"{where}: no such field"

    def _unpacked(self, type_url: Any) -> str | None:
        """The schema of a google.protobuf.Any, where the document has it."""
        name = str(type_url).rpartition("/")[2]
        parts = [part for part in name.split(".") if part]
        for candidate in ("".join(part[:1].upper() + part[1:] for part in parts), parts[-1]):
            if candidate in self._schemas:
                return candidate
        return None


def _check_scalar(about: dict[str, Any], kind: str, value: Any, at: str, numbers: bool) -> Iterator[str]:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if "enum" in about:
        if value not in about["enum"] and not (numbers and is_number):
            yield f"{at}: {value!r} is none of {about['enum']}"
    elif numbers and is_number and about.get("format") in {"int64", "uint64"}:
        return
    elif not isinstance(value, TYPES[kind]) or (kind in {"integer", "number"} and isinstance(value, bool)):
        yield f"{at}: {kind} is wanted, not {value!r}"
    elif (
        isinstance(value, str)
        and (pattern := SUFFIXES.get(about.get("format", "")))
        and not pattern.fullmatch(value)
    ):
        yield f"{at}: {value!r} is not in the form {about['format']}"
