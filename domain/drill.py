"""A restore drill, as it is asked for: which set, by which path, with which defect planted."""

from enum import StrEnum


class Path(StrEnum):
    """How the database is brought back."""

    BACKUP = "backup"  # the set's own backup, to its own instant
    POINT_IN_TIME = "point_in_time"  # to the latest instant of the recovery window


class Which(StrEnum):
    """Which set, where no id is given."""

    NEWEST = "newest"
    RANDOM = "random"  # any that can be restored, drawn evenly


class Defect(StrEnum):
    """What can be planted into what a drill restores, to see that it is caught."""

    BIT_FLIP = "bit flip"
    TRUNCATION = "truncation"
    MISSING_LOG = "missing WAL"
    WRONG_KEY = "wrong key"
    EMPTY = "empty but valid"
    STALE = "stale"
    ANOTHERS = "another database's backup"
    PARTIAL = "PARTIAL snapshot"
    MISSING_INDEX = "missing index"
    EXTRA_INDEX = "extra index"
    SCHEMA_DRIFT = "schema drift"
    CONFIGURATION_DRIFT = "configuration drift"


class Scenario(StrEnum):
    """What is pretended, or made, to be lost in a DR drill."""

    PRIMARY_LOST = "primary lost"  # a replica is promoted
    REGION_LOST = "region lost"  # the set's copy in the second location is restored
    CORRUPTION = "corruption noticed late"  # the database goes back to before an instant
    SEARCH_LOST = "search lost"  # the index is restored, or made anew
