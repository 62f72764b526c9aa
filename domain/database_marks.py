"""What tells a database, and an instant of it, from another: noted with a set, looked for in a drill."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.manifest import Fact

SYSTEM, HORIZON, STRUCTURE = "database.system", "database.horizon", "database.structure"


@dataclass(frozen=True)
class Marks:
    """One look at a database. Whatever is restored of then or later has the same system and structure, and no
    transaction that had not begun before the horizon."""

    system: str  # given by initdb to a cluster; all its physical copies have it. Empty: it was not told
    horizon: int  # every transaction with a lower number had ended, and its rows were there
    structure: str  # SHA-256 of all tables, columns, indices ... (domain/structure.py)

    def facts(self) -> Mapping[str, Fact]:
        """As a manifest tells it."""
        told = {SYSTEM: self.system} if self.system else {}
        return {**told, HORIZON: self.horizon, STRUCTURE: self.structure}


def marks_in(facts: Mapping[str, Fact]) -> Marks | None:
    """What `facts` told; None of a set that was taken before there were any."""
    horizon = facts.get(HORIZON)
    if not isinstance(horizon, int):
        return None
    return Marks(str(facts.get(SYSTEM, "")), horizon, str(facts.get(STRUCTURE, "")))
