"""Where things lie in the vault and in the state bucket: the names of docs/vault.md."""


def manifests(environment: str) -> str:
    """The prefix of all manifests of an environment: a listing of it is the catalogue."""
    return f"manifests/{environment}/"


def manifest_name(environment: str, set_id: str) -> str:
    return f"{manifests(environment)}{set_id}.json"


def drafts(environment: str) -> str:
    """The prefix, in the state bucket, of the sets that have no manifest (yet)."""
    return f"sets/{environment}/"


def draft_name(environment: str, set_id: str) -> str:
    return f"{drafts(environment)}{set_id}"


def part_name(environment: str, set_id: str, file: str) -> str:
    """A file of the set's own, such as configuration/service.json or export/orders.sql.gz."""
    return f"sets/{environment}/{set_id}/{file}"


def drills(environment: str) -> str:
    """The prefix, in the vault, of the reports of drills; in the state bucket, of their drafts."""
    return f"drills/{environment}/"


def drill_report_name(environment: str, drill: str) -> str:
    """Of the report as JSON; beside it lie its page and its sum."""
    return f"{drills(environment)}{drill}.json"


def drill_page_name(environment: str, drill: str) -> str:
    return f"{drills(environment)}{drill}.html"


def sum_name(name: str) -> str:
    """Of the object with the SHA-256 of another, as `sha256sum --check` reads it."""
    return f"{name}.sha256"


def reference(bucket: str, name: str) -> str:
    """The full name of an object."""
    return f"gs://{bucket}/{name}"


def is_object(reference: str) -> bool:
    """Whether a reference of a part names an object in a bucket."""
    return reference.startswith("gs://")


def bucket_and_name(reference: str) -> tuple[str, str]:
    """What `reference` put together. ValueError for any other text."""
    bucket, _, name = reference.removeprefix("gs://").partition("/")
    if not is_object(reference) or not bucket or not name:
        raise ValueError(f"{reference} names no object")
    return bucket, name
