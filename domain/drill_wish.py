"""What a drill is asked to do, what it would stand on, and all that stands in its way."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import wording
from domain.drill import Defect, Path
from domain.recovery_set import Window
from domain.refusal import Problem


@dataclass(frozen=True)
class Wish:
    """As an operator, or a schedule, asks for it."""

    path: Path = Path.BACKUP
    at: datetime | None = None  # None: for a point in time, the latest
    defect: Defect | None = None
    keep_for: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.at is not None and self.at.utcoffset() is None:
            raise ValueError(f"the point in time ({self.at}) has no time zone")


@dataclass(frozen=True)
class Ground:
    """What there is to drill with, read a moment ago."""

    environment: str
    instance: str = ""  # of the database; empty: it has none
    binding: bool = True  # database.binding is written
    search: bool = False
    isolated: bool = True  # drill.search is written
    search_binding: bool = True
    heartbeat: bool = True
    there: bool = True  # the instance is
    recovery: bool = True  # point-in-time recovery is on
    window: Window | None = None
    longest: timedelta = timedelta(hours=6)
    plantable: Collection[Defect] = field(default_factory=frozenset)
    set_id: str = ""  # empty: the set is not chosen yet
    parts: Collection[str] = ()  # the set's files, such as configuration/service.json
    has_backup: bool = True  # the set has one of the database
    has_snapshot: bool = True  # and one of the index


def wish_problems(wish: Wish, ground: Ground, now: datetime) -> list[Problem]:
    """Everything that is wrong with it, at once. `now` is the server's."""
    return [
        *_of_bindings(ground),
        *_of_set(wish, ground),
        *_of_instant(wish, ground, now),
        *_of_keeping(wish, ground),
        *_of_defect(wish, ground),
    ]


def wish_remarks(ground: Ground) -> list[str]:
    """What such a drill will not be able to say."""
    if ground.instance and not ground.heartbeat:
        what = f"{ground.environment}: there is no heartbeat, so the RPO will not be measurable; "
        return [f"{what}describe one in the environment's file and run muster heartbeat"]
    return []


def _of_bindings(ground: Ground) -> Iterator[Problem]:
    file = f"{ground.environment}.yaml"
    if ground.instance and not ground.binding:
        yield Problem(
            f"{file}: database.binding is missing: which variable of the service names it is not known",
            "write variable, user and address there",
        )
    if ground.search and not ground.isolated:
        yield Problem(
            f"{file}: drill.search is missing: the index cannot be restored into the service's own cluster",
            "write the name of a secret with the address of another cluster, whose indices may be lost",
        )
    if ground.search and ground.isolated and not ground.search_binding:
        yield Problem(
            f"{file}: search.binding is missing: the drill's service would search in production's cluster",
            "write the service's variable that holds the cluster's address",
        )


def _of_set(wish: Wish, ground: Ground) -> Iterator[Problem]:
    if not ground.set_id:
        return
    if "configuration/service.json" not in ground.parts:
        yield Problem(
            f"{ground.set_id}: no service was deployed when it was taken, so no release can be run on it",
            f"deploy, take another set (muster backup {ground.environment}), and drill that one",
        )
    if ground.instance and wish.path is Path.BACKUP and not ground.has_backup:
        yield Problem(
            f"{ground.set_id}: it holds no backup of the database",
            "choose another set, or the path point_in_time",
        )
    if ground.search and not ground.has_snapshot:
        yield Problem(f"{ground.set_id}: it holds no snapshot of the index", "choose another set")


def _of_instant(wish: Wish, ground: Ground, now: datetime) -> Iterator[Problem]:
    at, instance = wish.at, ground.instance
    if wish.path is Path.BACKUP:
        if at is not None:
            yield Problem(
                f"an instant ({_told(at)}) is for the path point_in_time: a backup has its own",
                "leave it out, or choose that path",
            )
        return
    if not instance:
        yield Problem(
            f"{ground.environment}: the service has no database to bring to a point in time",
            "choose the path backup",
        )
        return
    if not ground.there:
        yield Problem(
            f"{instance}: there is no such Cloud SQL instance, so it has no recovery window",
            "choose the path backup: a set's backup outlives its instance",
        )
        return
    if not ground.recovery:
        yield Problem(
            f"{instance}: point-in-time recovery is off",
            f"gcloud sql instances patch {instance} --enable-point-in-time-recovery (it restarts)",
        )
        return
    yield from _of_window(at, ground, now)


def _of_window(at: datetime | None, ground: Ground, now: datetime) -> Iterator[Problem]:
    if at is not None and at > now:
        yield Problem(
            f"{_told(at)} is in the future: at the server it is {_told(now)}",
            "choose an instant that has been, or leave it out for the latest",
        )
    elif ground.window is None:
        yield Problem(
            f"{ground.instance}: there is no recovery window yet",
            "wait for its first backup since point-in-time recovery is on, or choose the path backup",
        )
    elif at is not None and at < ground.window.earliest_at:
        yield Problem(
            f"{_told(at)} is before the recovery window, which begins at {_told(ground.window.earliest_at)}",
            "choose a later instant, or the path backup with a set of then",
        )
    elif at is not None and at > ground.window.latest_at:
        yield Problem(
            f"{_told(at)} is after the recovery window, which ends at {_told(ground.window.latest_at)}",
            "wait until the log of then is archived, or leave the instant out for the latest",
        )


def _of_keeping(wish: Wish, ground: Ground) -> Iterator[Problem]:
    if wish.keep_for < timedelta(0):
        yield Problem("a target cannot be kept for less than no time", "give a length such as 2h")
    if wish.keep_for > ground.longest:
        yield Problem(
            f"the target would be kept for {wording.length(wish.keep_for)}, and drill.longest is "
            f"{wording.length(ground.longest)}",
            "keep it for a shorter time, or write a longer one in the environment's file",
        )


def _of_defect(wish: Wish, ground: Ground) -> Iterator[Problem]:
    if wish.defect is None or wish.defect in ground.plantable:
        return
    there = [str(defect) for defect in Defect if defect in ground.plantable]
    remedy = f"choose one of {wording.listed(there)}" if there else "drill without a defect"
    yield Problem(f"{ground.environment}: the defect '{wish.defect}' cannot be planted here", remedy)


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} {at.tzname() or ''}".rstrip()
