"""Cloud Storage's errors, in its own words.

Texts as the service was seen to send them: deletion of a bucket googleapis/python-storage#1071, checksums
googleapis/python-storage#1541, compose fsouza/fake-gcs-server#1254, owned bucket gitpod-io/gitpod#15578.
"""

from sandbox.kernel.errors import ReasonError, not_emulated


def no_bucket() -> ReasonError:
    return ReasonError(404, "notFound", "The specified bucket does not exist.")


def no_object(bucket: str, name: str) -> ReasonError:
    return ReasonError(404, "notFound", f"No such object: {bucket}/{name}")


def bucket_exists() -> ReasonError:
    text = "Your previous request to create the named bucket succeeded and you already own it."
    return ReasonError(409, "conflict", text)


def bucket_not_empty() -> ReasonError:
    return ReasonError(409, "conflict", "The bucket you tried to delete is not empty.")


def condition_not_met() -> ReasonError:
    text = "At least one of the pre-conditions you specified did not hold."
    return ReasonError(412, "conditionNotMet", text, locationType="header", location="If-Match")


def not_modified() -> ReasonError:
    """What a read with an unmet NotMatch condition answers. It goes out without a body."""
    return ReasonError(304, "notModified", "Not Modified")


def invalid(text: str) -> ReasonError:
    return ReasonError(400, "invalid", text)


def required(text: str) -> ReasonError:
    return ReasonError(400, "required", text)


def unavailable() -> ReasonError:
    """What answers while a location is down. Clients try again."""
    return ReasonError(503, "backendError", "We encountered an internal error. Please try again.")


def unsupported(what: str) -> ReasonError:
    """The kernel's `not_emulated`, in the form of this API."""
    return ReasonError(501, "notImplemented", not_emulated(what).message)
