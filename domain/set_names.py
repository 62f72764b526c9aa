"""The names that parts of a recovery set carry, so that they are found although nobody noted them."""


def backup_description(set_id: str) -> str:
    """Of the Cloud SQL backup that was taken for the set."""
    return f"muster set {set_id}"


def snapshot_name(set_id: str) -> str:
    """Of the snapshot that was taken for the set, in the search's repository."""
    return f"muster-set-{set_id}"
