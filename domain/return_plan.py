"""Where to go back to: what a rollback does, from what the service says."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain import wording
from domain.refusal import Problem
from domain.service import Revision, Service, baseline_of, mark_on
from domain.traffic import PREVIOUS


@dataclass(frozen=True)
class Return:
    """The revision that is to have all traffic, and the one that serves now.

    `at_once`: a deploy is on trial (or died on it), and the target is its baseline, which serves already:
    traffic moves first, nothing is proven before.
    """

    target: str
    serving: str
    at_once: bool

    @property
    def nothing_to_do(self) -> bool:
        return self.target == self.serving and not self.at_once


def plan_return(service: Service, revisions: Mapping[str, Revision], to: str) -> Return | Problem:
    """To the revision named; else to the baseline of the deploy on trial; else to the former baseline."""
    mark = mark_on(service)
    found = baseline_of(service)
    serving = "" if isinstance(found, Problem) else found
    ready = [name for name, revision in revisions.items() if revision.ready and name != serving]
    if mark and not to:
        return Return(mark.baseline, mark.baseline, at_once=True)
    target = to or (service.asked.tags.get(PREVIOUS, "") if service.asked else "")
    if not target:
        return Problem(f"{service.name}: no former baseline is kept to go back to", _choices(ready))
    if target not in revisions:
        return Problem(f"revision {target}: {service.name} has no such revision", _choices(ready))
    if not revisions[target].ready:
        return Problem(
            f"revision {target}: it is not ready ({revisions[target].reason or 'still starting'})",
            _choices(ready),
        )
    return Return(target, serving, at_once=mark is not None and target == mark.baseline)


def _choices(ready: list[str]) -> str:
    if not ready:
        return "there is no other ready revision; deploy one"
    return f"name one with --to; ready: {wording.listed(ready[:5])}"
