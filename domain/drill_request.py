"""What a restore drill is asked for, read from the texts that a person or a schedule gives."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from domain.drill import Defect, Path, Which
from domain.refusal import Problem, Refused

RANDOM = "random"

Choice = TypeVar("Choice", Path, Defect)


@dataclass(frozen=True)
class Request:
    """Which set, by which path, with which defect, kept for how long afterwards.

    `draw` is in [0, 1): whatever is to be random follows from it, and it is told, so that a drill can be
    repeated.
    """

    which: Which | str
    path: Path
    defect: Defect | None
    keep_for: timedelta
    draw: float

    @property
    def random_instant(self) -> bool:
        """Whether the database goes to an instant drawn from the recovery window."""
        return self.path is Path.POINT_IN_TIME and self.which is Which.RANDOM


def read_request(
    which: str,
    path: str,
    defect: str,
    keep_for: timedelta,
    *,
    plantable: Callable[[Path], Collection[Defect]] = lambda _: tuple(Defect),
    draw: float | None = None,
) -> Request:
    """The request. A defect goes by its name with spaces, dashes or underscores, or is a random one of those
    that can be planted on that path.

    Raises:
        Refused: a word that is none of those known, or nothing to draw from.
    """
    drawn = random.random() if draw is None else draw  # noqa: S311 - nobody is to be surprised by it
    problems: list[Problem] = []
    chosen: Which | str = which
    if which in {each.value for each in Which}:
        chosen = Which(which)
    elif not which:
        problems.append(Problem("no set is named", "write newest, random, or a set's id"))
    way = _known(path, Path, "path", problems)
    if defect == RANDOM:
        can = plantable(way) if way else tuple(Defect)
        kinds = [each for each in Defect if each in can]
        planted: Defect | None = kinds[int(drawn * len(kinds))] if kinds else None
        if planted is None:
            problems.append(Problem("no defect can be planted here", "drill without one"))
    else:
        planted = _known(defect, Defect, "defect", problems) if defect else None
    if problems or way is None:
        raise Refused(problems)
    return Request(chosen, way, planted, keep_for, drawn)


def _known(text: str, kinds: type[Choice], what: str, problems: list[Problem]) -> Choice | None:
    by_name = {_plain(each.value): each for each in kinds}
    found = by_name.get(_plain(text))
    if found is None:
        problems.append(
            Problem(f"{text!r} is no {what}", f"write one of: {', '.join(each.value for each in kinds)}")
        )
    return found


def _plain(text: str) -> str:
    return text.lower().replace("_", " ").replace("-", " ")
