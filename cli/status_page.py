"""A service at a glance: its revisions with their share, who acts on it, how the last releases went."""

from collections.abc import Mapping
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.text import Text

from cli.tables import line, table
from clients.cloud_run import list_revisions, read_service
from clients.environment import Environment
from clients.leases import read_lease
from domain import wording
from domain.lease import SLACK, Reading
from domain.messages import BAR, bar
from domain.orders import Order
from domain.record import ReleaseRecord, Result
from domain.service import Mark, Revision, Service, mark_on
from tasks.orders import order_for
from tasks.records import latest_records

RECORDS = 5
REVISIONS = 8
WIDE = 100  # columns from which there is room for how long a release took
ROOM = 40  # columns beside names and bar: for share, role, and a state worth reading
COLOURS = {
    Result.PROMOTED: "green",
    Result.UNCHANGED: "green",
    Result.ROLLED_BACK: "red",
    Result.FAILED: "red",
    Result.REFUSED: "yellow",
    Result.HANDED_OVER: "yellow",
}


def status_of(env: Environment, width: int) -> RenderableType:
    """Everything a person on call asks first, in lines of so many columns."""
    service = read_service(env)
    parts: list[RenderableType] = [_heading(env, service)]
    parts += _under_way(env, read_lease(env).reading, mark_on(service) if service else None)
    if service:
        parts += ["", *_revisions(service, list_revisions(env), width)]
    return Group(*parts, "", _records(latest_records(env, RECORDS), width))


def _heading(env: Environment, service: Service | None) -> Text:
    if service is None:
        absent = f"there is no such service in {env.project}/{env.region} yet"
        return line((env.service.name, "bold"), f" in {env.name}: {absent}")
    return line((service.name, "bold"), f" in {env.name}: {service.uri}")


def _under_way(env: Environment, reading: Reading | None, mark: Mark | None) -> list[Text]:
    """Who acts on the service just now, and for how long their lease lasts if they do not renew it."""
    if reading and not reading.lapsed:
        lease = reading.lease
        left = wording.length(max(lease.length + SLACK - reading.age, timedelta(0)))
        return [
            line(("under way", "bold yellow"), f"   {lease.holder}"),
            line(f"            its lease lapses in {left} unless it is renewed"),
            *_told(order_for(env, lease.nonce)),
        ]
    if mark:
        return [
            line(("left behind", "bold red"), f" by deploy {mark.deploy}, which ended without a word"),
            line(f"            muster settle puts everyone back on its baseline, {mark.baseline}"),
        ]
    return [Text("nothing is under way", style="green")]


def _told(order: Order | None) -> list[Text]:
    """What an operator has said to it."""
    if order is None:
        return []
    return [line((f"            {order}", "bold"), f" at {order.at:%H:%M:%S} UTC")]


def _revisions(service: Service, revisions: Mapping[str, Revision], width: int) -> list[RenderableType]:
    shares = service.served.shares if service.served else {}
    roles = _roles(service)
    known = [*revisions, *(name for name in shares if name not in revisions)]
    names = sorted(known, key=lambda name: (-shares.get(name, 0), name not in roles))
    names, others = names[:REVISIONS], names[REVISIONS:]
    drawn = max(map(len, names), default=0) + BAR + ROOM <= width
    made = table("share", *[""] * drawn, "revision", "role", "state", free={"state"})
    made.columns[0].justify = "right"
    for name in names:
        percent = shares.get(name, 0)
        made.add_row(
            f"{percent} %" if percent else "",
            *[bar(percent) if percent else ""] * drawn,
            name,
            roles.get(name, ""),
            _state(revisions.get(name)),
        )
    more: list[RenderableType] = [made]
    if others:
        more.append(line((f"and {wording.counted(len(others), 'other revision')}", "dim")))
    if not service.settled:
        more.append(line(("Cloud Run is still at work on the last change", "yellow")))
    return more


def _roles(service: Service) -> dict[str, str]:
    """What each revision is: the baseline, or what its tags say."""
    shares = service.served.shares if service.served else {}
    tags = service.served.tags if service.served else {}
    mark = mark_on(service)
    baseline = mark.baseline if mark else next((name for name, share in shares.items() if share == 100), "")
    found = {baseline: ["baseline"]} if baseline else {}
    for tag, name in tags.items():
        found.setdefault(name, []).append(tag)
    return {name: ", ".join(roles) for name, roles in found.items()}


def _state(revision: Revision | None) -> Text:
    if revision is None:
        return line(("gone", "red"))
    if revision.ready:
        return line(("ready", "green"))
    if not revision.failed:
        return line(("starting", "yellow"))
    reason = " ".join(revision.reason.split())
    return line(("failed", "red"), f": {reason}" if reason else "")


def _records(records: list[ReleaseRecord], width: int) -> RenderableType:
    if not records:
        return Text("no release yet", style="dim")
    timed = width >= WIDE
    made = table(
        "UTC", "release", "result", *["took"] * timed, "verdict, reason", free={"release", "verdict, reason"}
    )
    for record in records:
        result = record.result
        made.add_row(
            f"{record.started_at:%m-%d %H:%M}",
            line(f"{record.kind} {record.ref}".strip()),
            Text(str(result), style=COLOURS[result]) if result else "",
            *[wording.length(record.took)] * timed,
            line(_why(record)),
        )
    return made


def _why(record: ReleaseRecord) -> str:
    verdict = record.verdicts[-1] if record.verdicts else None
    parts = [f"{verdict.percent} %: {verdict.outcome}"] if verdict else []
    return "; ".join([*parts, *record.reason.split("\n")]).strip("; ")
