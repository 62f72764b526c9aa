"""What there is in a project that a drill may have made: of each sort the names, labels and ages.

An age is by the clock of the server that tells it: its Date minus the creation. The clients hide Date, so
this is plain REST.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from clients.cloud_run import parent
from clients.environment import Environment
from clients.pages import pages
from clients.patience import patient
from domain.drill_names import DRILL, ENVIRONMENT, LENGTH
from domain.reaping import Sort, Thing

HOSTS = {
    Sort.SERVICE: "https://run.googleapis.com",
    Sort.JOB: "https://run.googleapis.com",
    Sort.INSTANCE: "https://sqladmin.googleapis.com",
    Sort.SECRET: "https://secretmanager.googleapis.com",
}
ITEMS = {Sort.SERVICE: "services", Sort.JOB: "jobs", Sort.INSTANCE: "items", Sort.SECRET: "secrets"}


@patient
def list_things(env: Environment, sort: Sort) -> list[Thing]:
    """All of that sort: of Cloud Run those of the environment's region, else those of the project."""
    return [_thing(sort, item, now) for item, now in _items(env, sort)]


def address_of(env: Environment, sort: Sort, name: str = "") -> str:
    """Of one of that sort, or of all."""
    folders = {
        Sort.SERVICE: f"/v2/{parent(env)}/services",
        Sort.JOB: f"/v2/{parent(env)}/jobs",
        Sort.INSTANCE: f"/v1/projects/{env.project}/instances",
        Sort.SECRET: f"/v1/projects/{env.project}/secrets",
    }
    return f"{env.endpoints.google or HOSTS[sort]}{folders[sort]}{f'/{name}' if name else ''}"


def _items(env: Environment, sort: Sort) -> Iterator[tuple[dict[str, Any], datetime]]:
    for found, now in pages(env, address_of(env, sort), f"{env.project}: listing each {sort}"):
        for item in found.get(ITEMS[sort], []):
            yield item, now


def _thing(sort: Sort, item: dict[str, Any], now: datetime) -> Thing:
    labels = (
        item.get("settings", {}).get("userLabels", {}) if sort is Sort.INSTANCE else item.get("labels", {})
    )
    return Thing(
        sort,
        item["name"].rpartition("/")[2],
        now - datetime.fromisoformat(item["createTime"]),
        drill=labels.get(DRILL, ""),
        environment=labels.get(ENVIRONMENT, ""),
        length=_length(labels.get(LENGTH, "")),
    )


def _length(text: str) -> timedelta | None:
    return timedelta(seconds=int(text)) if text.isdecimal() and len(text) < 9 else None
