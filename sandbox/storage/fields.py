"""What a client may set on a bucket or an object, and what it may not here."""

from collections.abc import Iterable
from typing import Any

from sandbox.kernel.state import Document
from sandbox.storage.errors import unsupported

OBJECT = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "eventBasedHold",
    "metadata",
    "retention",
    "storageClass",
    "temporaryHold",
)
OF_A_VERSION = (
    "eventBasedHold",
    "retention",
    "storageClass",
    "temporaryHold",
)  # what a copy does not take along
BUCKET = ("defaultEventBasedHold", "labels", "location", "storageClass", "versioning")
POLICIES = ("iamConfiguration", "lifecycle", "retentionPolicy", "softDeletePolicy")  # of a bucket
NOT_EMULATED = {  # each would change what the service does
    "acl", "autoclass", "billing", "contexts", "cors", "customPlacementConfig", "customerEncryption",
    "defaultObjectAcl", "encryption", "hierarchicalNamespace", "ipFilter", "kmsKeyName", "logging", "rpo",
    "website",
}  # fmt: skip
NOT_EMULATED_QUERY = (
    "destinationKmsKeyName", "destinationPredefinedAcl", "filter", "kmsKeyName", "matchGlob",
    "predefinedAcl", "predefinedDefaultObjectAcl", "restoreToken",
)  # fmt: skip


def settable(document: Document, names: Iterable[str]) -> Document:
    """The document's fields among these names; 501 for one that asks for what is not emulated."""
    for name in sorted(NOT_EMULATED & document.keys()):
        if _says_something(document[name]):
            raise unsupported(name)
    return {name: document[name] for name in names if name in document}


def _says_something(value: Any) -> bool:
    """Not: null, false, an empty map, sent back as it was read."""
    if isinstance(value, dict):
        return any(_says_something(item) for item in value.values())
    return bool(value)


def merged(old: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7386), as PATCH means it: null removes. A map left empty is not there either."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        result[name] = merged(result.get(name), value)
        if result[name] in (None, {}):
            del result[name]
    return result
