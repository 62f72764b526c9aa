"""What a process that died, or woke too late, has left on a service, and what is to be made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.draft import Draft
from domain.fences import Fences
from domain.record import Result
from domain.refusal import Problem
from domain.service import Mark, Revision, Service, mark_on, never_proven, signed_by
from domain.traffic import CANARY, PREVIOUS, Split, canary_undone, kept_tags, split, without_canary


@dataclass(frozen=True)
class Leftover:
    """A split that nobody answers for: what it becomes, and why. `mark` is of the deploy that left it."""

    wanted: Split
    why: str
    mark: Mark | None = None
    percent: int = 0  # that the canary had

    @property
    def serving(self) -> str:
        """The revision that has all traffic then; empty when somebody split it by hand."""
        shares = self.wanted.shares
        return next(iter(shares)) if len(shares) == 1 else ""


def leftover(
    service: Service, revisions: Mapping[str, Revision], fences: Fences
) -> Leftover | Problem | None:
    """What is to be undone on a service whose lease nobody holds; None when nothing is.

    A Problem where no reading says what to go back to: a person has to.
    """
    asked, mark = service.asked, mark_on(service)
    if asked is None:
        return None
    if mark and fences.overrules(mark.lease):
        return _of_sleeper(asked, "set its mark again", revisions, fences)
    if mark:
        return _of_deploy(asked, mark, revisions)
    if fences.overrules(signed_by(service)) and asked.shares != {fences.serving: 100}:
        return _of_sleeper(asked, "changed the split", revisions, fences)
    return _of_nobody(service.name, asked, asked.tags[CANARY]) if CANARY in asked.tags else None


def _of_sleeper(asked: Split, did: str, revisions: Mapping[str, Revision], fences: Fences) -> Leftover:
    """All goes to what served when everything was settled, whatever the mark says: it is of before that."""
    previous = {PREVIOUS: fences.previous} if fences.previous in revisions else {}
    wanted = split({fences.serving: 100}, {**kept_tags(asked), **previous})
    return Leftover(wanted, f"a process that had slept through the loss of its lease {did}")


def _of_nobody(name: str, asked: Split, canary: str) -> Leftover | Problem:
    """A canary by its tag alone."""
    share = asked.shares.get(canary, 0)
    if share in {0, 100}:  # offered and never used, or all there is
        return Leftover(
            split(asked.shares, without_canary(asked)), f"{canary} has the tag {CANARY}, and no trial"
        )
    others = [other for other in asked.shares if other != canary]
    if len(others) > 1:
        return Problem(
            f"{name}: canary {canary} has {share} % and no lease, and the rest is split, too ({asked})",
            "say what is to serve: muster rollback --to REVISION",
        )
    return Leftover(canary_undone(asked, others[0], canary), f"canary {canary} had {share} % and no lease")


def _of_deploy(asked: Split, mark: Mark, revisions: Mapping[str, Revision]) -> Leftover:
    """The canary's share goes to the baseline, unless that one is the one of the two that cannot serve."""
    canary = mark.canary or asked.tags.get(CANARY, "")
    share = asked.shares.get(canary, 0) if canary else 0
    what = f"deploy {mark.deploy} left its mark and no lease"
    if share and canary != mark.baseline:
        what = f"deploy {mark.deploy} left {share} % on {canary} and no lease"
    if share == 100 and canary != mark.baseline and (mark.broken or _cannot_serve(revisions, mark.baseline)):
        return Leftover(
            split(asked.shares, without_canary(asked)), f"{what}; baseline {mark.baseline} is broken", mark
        )
    return Leftover(canary_undone(asked, mark.baseline, canary), what, mark, share)


def _cannot_serve(revisions: Mapping[str, Revision], name: str) -> bool:
    return name not in revisions or revisions[name].failed


def how_it_ended(draft: Draft, service: Service | None, undone: Leftover | None) -> tuple[Result, str]:
    """The result of a run whose process ended without a word: from its draft, from what was undone of it,
    and from what serves now."""
    record = draft.record
    at = f" at step {draft.step!r}" if draft.step else ""
    word = f"the {record.kind}'s process ended without a word{at}"
    reason = f"{record.reason}; {word}" if record.reason else word
    serves = service is not None and _is_proven_alone(service, record.canary)
    if record.kind == "rollback":
        return (Result.ROLLED_BACK if serves else Result.FAILED), reason
    if record.canary == record.baseline:  # the schema was all there was to change
        done = undone is None and record.schema_after != record.schema_before
        return (Result.PROMOTED if done else Result.FAILED), reason
    if serves:
        return Result.PROMOTED, reason
    met = draft.met_at or (undone and undone.percent)
    return (Result.ROLLED_BACK if met else Result.FAILED), reason


def _is_proven_alone(service: Service, revision: str) -> bool:
    alone = service.served is not None and service.served.shares == {revision: 100}
    return alone and not never_proven(service)
