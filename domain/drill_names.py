"""How what a drill makes is known: its names, and its labels on everything that can carry labels."""

import re

DRILL, ENVIRONMENT, LENGTH = "muster-drill", "muster-environment", "muster-length"  # labels

ID = r"\d{8}-\d{6}-[0-9a-f]{6}"  # of a run


def target_name(drill: str) -> str:
    """Of the drill's instance and service; what the names of all else begin with."""
    return f"drill-{drill}"


def is_named_by(drill: str, name: str) -> bool:
    """Whether a name is one that this drill gives."""
    target = target_name(drill)
    return name == target or name.startswith(f"{target}-")


def drill_in_name(name: str) -> str:
    """The id of the drill that gives such a name; empty for any other name."""
    found = re.fullmatch(rf"drill-({ID})(-.*)?", name)
    return found[1] if found else ""


def drill_in_holder(holder: str) -> str:
    """The id of the run that a lease names as its holder; empty where it names none."""
    found = re.search(rf"\(({ID})\b", holder)
    return found[1] if found else ""
