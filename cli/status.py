"""A service at a glance: its revisions with their share, who acts on it, how the last releases went."""

from datetime import timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from clients.cloud_run import list_revisions, read_service
from clients.environment import Environment
from clients.leases import read_lease
from domain import wording
from domain.lease import Reading
from domain.messages import bar
from domain.record import ReleaseRecord
from domain.service import Revision, Service, mark_on
from tasks.records import latest_records

RECORDS = 5
REVISIONS = 8


def status_table(env: Environment) -> RenderableType:
    """Everything a person on call asks first."""
    service = read_service(env)
    if service is None:
        return Text(f"{env.service.name}: there is no such service in {env.project}/{env.region} yet")
    revisions = list_revisions(env)
    records = latest_records(env, RECORDS)
    return Group(
        Text(f"{env.service.name} in {env.name}: {service.uri}", style="bold"),
        _revisions(service, revisions),
        _lease(read_lease(env).reading, service),
        _records(records),
    )


def _revisions(service: Service, revisions: dict[str, Revision]) -> Table:
    table = Table("revision", "state", "share", "", "tags", title="revisions", title_justify="left")
    shares = service.served.shares if service.served else {}
    tags = service.served.tags if service.served else {}
    names = sorted(revisions, key=lambda name: (-shares.get(name, 0), name not in tags.values()))
    for name in names[:REVISIONS]:
        percent = shares.get(name, 0)
        table.add_row(
            name,
            _state(revisions[name]),
            f"{percent} %" if percent else "",
            bar(percent) if percent else "",
            ", ".join(tag for tag, revision in tags.items() if revision == name),
        )
    return table


def _state(revision: Revision) -> str:
    if revision.ready:
        return "ready"
    return f"failed: {revision.reason.splitlines()[0][:60]}" if revision.failed else "starting"


def _lease(reading: Reading | None, service: Service) -> Text:
    mark = mark_on(service)
    if reading and not reading.lapsed:
        age = wording.length(max(reading.age, timedelta(0)))
        return Text(f"under way: {reading.lease.holder}, renewed {age} ago", style="yellow")
    if mark:
        return Text(
            f"left behind: deploy {mark.deploy} ended without a word, its baseline is {mark.baseline}: "
            "muster rollback puts everyone back on it",
            style="red",
        )
    return Text("nothing is under way", style="green")


def _records(records: list[ReleaseRecord]) -> RenderableType:
    if not records:
        return Text("no releases yet")
    table = Table(
        "when (UTC)", "what", "result", "last verdict", "took", title="last releases", title_justify="left"
    )
    for record in records:
        verdict = record.verdicts[-1] if record.verdicts else None
        table.add_row(
            f"{record.started_at:%Y-%m-%d %H:%M}",
            f"{record.kind} {record.ref}",
            str(record.result or "under way"),
            f"{verdict.percent} %: {verdict.outcome}" if verdict else record.reason[:60],
            wording.length(record.took),
        )
    return table
