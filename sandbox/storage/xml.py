"""The XML API's forms: its errors, and the documents of an upload in parts.

Errors of objects that are kept as seen on the wire in September 2026; those of parts by Google's reference,
https://cloud.google.com/storage/docs/xml-api/reference-status.
"""

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from sandbox.kernel.errors import ReasonError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema."
CODES = {
    ("retentionPolicyNotMet", 403): (
        "RetentionPolicyNotMet",
        "Object overwrite or deletion is not allowed due to retention policy.",
    ),
    ("forbidden", 403): (
        "ObjectUnderActiveHold",
        "Object overwrite or deletion is not allowed due to active hold on the object.",
    ),
    ("notFound", 404): ("NoSuchBucket", "The specified bucket does not exist."),
    ("invalid", 400): ("InvalidArgument", "Invalid argument."),
    ("required", 400): ("InvalidArgument", "Invalid argument."),
    ("notImplemented", 501): (
        "NotImplemented",
        "A header or query you provided requested a function that is not here.",
    ),
    ("backendError", 503): ("ServiceUnavailable", "Please reduce your request rate."),
}
DIGEST = "The MD5 or CRC32C you specified did not match what we received."


class XmlError(Exception):
    """An error of the XML API: a code that is a word, a message, and what exactly was wrong."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    @classmethod
    def of(cls, error: ReasonError) -> "XmlError":
        """What the JSON API tells, as this one does."""
        if error.message.startswith("Provided "):
            return cls(400, "BadDigest", DIGEST, error.message)
        code, message = CODES.get(
            (error.reason, error.code), ("InternalError", "We encountered an internal error.")
        )
        return cls(error.code, code, message, error.message)

    def text(self) -> bytes:
        return document("Error", {"Code": self.code, "Message": self.message, "Details": self.details}, "")


def document(name: str, content: dict[str, Any], namespace: str = NAMESPACE) -> bytes:
    """A document of elements; a list is an element over and over."""
    root = ElementTree.Element(name, {"xmlns": namespace} if namespace else {})
    _fill(root, content)
    return b"<?xml version='1.0' encoding='UTF-8'?>" + ElementTree.tostring(root)


def parts_named(text: bytes) -> list[tuple[int, str]]:
    """Number and ETag of each part that a CompleteMultipartUpload names; 400 when it is none."""
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - expat bounds what entities may become
        return [(int(_child(part, "PartNumber")), _child(part, "ETag")) for part in root]
    except (ElementTree.ParseError, ValueError) as error:
        raise XmlError(400, "MalformedXML", MALFORMED) from error


def _child(element: ElementTree.Element, name: str) -> str:
    """The text of a child, in whatever namespace."""
    for child in element:
        if child.tag.rpartition("}")[2] == name and child.text:
            return child.text
    raise ValueError(f"{name} is missing")


def _fill(element: ElementTree.Element, content: dict[str, Any]) -> None:
    for name, value in content.items():
        values: Iterable[Any] = value if isinstance(value, list) else [value]
        for one in values:
            child = ElementTree.SubElement(element, name)
            if isinstance(one, dict):
                _fill(child, one)
            else:
                child.text = str(one)
