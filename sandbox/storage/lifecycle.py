"""A bucket's lifecycle configuration, as it is taken and kept (https://cloud.google.com/storage/docs/lifecycle).

Texts of refusals as the service was seen to send them in September 2026.
"""

import re
from datetime import date
from typing import Any

from sandbox.kernel.state import Document
from sandbox.storage.errors import invalid
from sandbox.storage.lifecycle_rule import CLASSES

ABORT = "AbortIncompleteMultipartUpload"
DAYS = ("age", "daysSinceCustomTime", "daysSinceNoncurrentTime", "numNewerVersions")
DATES = ("createdBefore", "customTimeBefore", "noncurrentTimeBefore")
AFFIXES = ("matchesPrefix", "matchesSuffix")
SIZES = ("sizeAboveBytes", "sizeBelowBytes")
OF_UPLOADS = ("age", *AFFIXES)
MOST_AFFIXES, LONGEST_AFFIX = 1000, 1024
DATE = re.compile(r"\d{4}-\d\d-\d\d")
CONDITIONLESS = "Lifecycle rules must have a condition."


def changed(old: Document | None, asked: Any) -> Document | None:
    """The configuration that the bucket has then, or None: null or an empty list of rules removes it."""
    if asked is None:
        return None
    if "rule" not in asked:
        return old
    rules = [_rule(rule) for rule in asked["rule"] or []]
    if sum(len(rule["condition"].get(name, [])) for rule in rules for name in AFFIXES) > MOST_AFFIXES:
        raise invalid(
            "Lifecycle matches_suffix and matches_prefix cannot specify more than "
            f"{MOST_AFFIXES} rules per config."
        )
    return {"rule": rules} if rules else None


def _rule(asked: Document) -> Document:
    action = _action(asked.get("action") or {})
    condition = {
        name: _value(name, value)
        for name, value in (asked.get("condition") or {}).items()
        if value is not None and value != []
    }
    if not condition:
        raise invalid(CONDITIONLESS)
    if action["type"] == ABORT and not condition.keys() <= {*OF_UPLOADS}:
        raise invalid(
            "Lifecycle age_days, matches_prefix, and matches_suffix conditions are the only ones allowed for "
            "a ABORT_INCOMPLETE_MULTIPART_UPLOAD rule."
        )
    return {"action": action, "condition": condition}


def _action(asked: Document) -> Document:
    kind, wanted = asked.get("type"), asked.get("storageClass")
    if kind == "SetStorageClass":
        if not wanted:
            raise invalid("Lifecycle storage class rules must specify the destination storage class.")
        if wanted.upper() not in CLASSES:
            raise invalid(
                f"Unknown storage class '{wanted}' is not a valid option for SET_STORAGE_CLASS actions."
            )
        return {"type": kind, "storageClass": wanted.upper()}
    if kind not in {"Delete", ABORT}:
        raise invalid(f"Invalid value for: {kind} is not a valid value")
    if wanted:
        raise invalid("Storage class can only be specified for SET_STORAGE_CLASS actions")
    return {"type": kind}


def _value(name: str, value: Any) -> Any:
    """As it is kept: days as numbers, sizes as text, classes in capitals."""
    if name in DAYS:
        if int(value) < 0:
            raise invalid(f"Lifecycle {name} condition must be greater than or equal to 0, but was {value}")
        return int(value)
    if name in DATES:
        return _date(value)
    if name in AFFIXES:
        if not all(0 < len(affix) <= LONGEST_AFFIX for affix in value):
            raise invalid(
                f"Lifecycle {name} cannot contain a string that is empty or longer than {LONGEST_AFFIX}."
            )
        return value
    if name in SIZES:
        return str(int(value))
    if name == "matchesStorageClass":
        unknown = [one for one in value if one.upper() not in CLASSES]
        if unknown:
            raise invalid(f'Invalid storage class "{unknown[0]}"')
        return [one.upper() for one in value]
    if name == "matchesPattern":
        raise invalid("MatchesPattern is not available for this project")
    return bool(value)  # isLive


def _date(text: str) -> str:
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise invalid(f'Invalid value for: Invalid format: "{text}"') from error
    raise invalid(f'Invalid value for: Invalid format: "{text}"')
