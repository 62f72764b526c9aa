"""Looking at a place where drills are made: production as a whole, reports, all that was written."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
from psycopg import sql

from clients.catalogue import read_catalogue
from domain.drill_report import DrillReport
from tasks.drill_reports import read_reports
from tests.faults.drills.place import DrillPlace
from tests.faults.drills.scene import DrillScene
from tests.faults.ground import DRILL_KEY
from tests.faults.sets import look as sets
from tests.faults.slack import threads

TABLES = """
    SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND (n.nspname, c.relname) NOT IN
        (('muster', 'heartbeat'), ('muster', 'heartbeat_pkey')) ORDER BY 1, 2"""
COLUMNS = """
    SELECT table_schema, table_name, column_name, data_type, column_default FROM information_schema.columns
    WHERE table_schema !~ '^pg_' AND table_schema <> 'information_schema' ORDER BY 1, 2, 3"""
ROWS = sql.SQL("SELECT t::text FROM {} t ORDER BY 1")
PASSES = "etag", "updateTime", "observedGeneration"  # of a service: what moves by itself


def production(place: DrillPlace) -> dict[str, str]:
    """A sum of each thing that a drill must not touch."""
    return {what: _sum(content) for what, content in _production(place)}


def reports(scene: DrillScene) -> tuple[tuple[DrillReport, ...], tuple[str, ...]]:
    """All reports of the place, the oldest first; and those that cannot be read."""
    found = read_reports(scene.place.env)
    return found.reports, found.unread


def proven(scene: DrillScene) -> str:
    """The id of the drill that has proven the set, which names its kind before it."""
    found = read_catalogue(scene.place.env).sets
    return next((each.proof.drill.rpartition(" ")[2] for each in found if each.proof), "")


def secrets(place: DrillPlace) -> dict[str, str]:
    """What must not be read anywhere."""
    return {**sets.secrets(place), "the drill's own key": place.ground.read_secret(DRILL_KEY)}


def texts(scene: DrillScene) -> dict[str, str]:
    """Everything that was written, by where it is."""
    place = scene.place
    written = {f"what {one.runbook} said": one.said for one in scene.commands}
    for bucket in place.buckets:
        for name, text in place.objects(bucket).items():
            written[f"gs://{bucket}/{name}"] = text
    written["Slack"] = "\n".join(thread.everything for thread in threads(place))
    return written


def _production(place: DrillPlace) -> Iterator[tuple[str, Any]]:
    http, project = place.ground.http, f"/v1/projects/{place.env.project}"
    with psycopg.connect(place.login("app")) as connection:
        tables = connection.execute(TABLES).fetchall()
        yield "its tables", tables
        yield "its columns", connection.execute(COLUMNS).fetchall()
        for schema, table, kind in tables:
            if kind == "r":
                rows = ROWS.format(sql.Identifier(schema, table))
                yield f"the rows of {schema}.{table}", connection.execute(rows).fetchall()
    for user in place.database.passwords:
        with psycopg.connect(f"postgresql://{place.database.login(user, place.name)}") as connection:
            yield f"{user}'s login", str(connection.execute("SELECT current_user").fetchone())
    found = http.get(f"{project}/instances/{place.database.instance}").raise_for_status().json()
    yield "its instance", found
    yield "its users", http.get(f"{project}/instances/{place.database.instance}/users").json()
    yield "its backups", sorted(place.backups())
    service = http.get(f"{place.ground.run.root}/services/{place.name}").raise_for_status().json()
    yield "its service", {name: value for name, value in service.items() if name not in PASSES}
    for name in (f"{place.name}-app", f"{place.name}-muster"):
        yield f"secret {name}", http.get(f"{project}/secrets/{name}/versions").json()
    if place.search:
        with httpx.Client(base_url=place.search, timeout=30) as search:
            yield "its indices", search.get(f"/{place.name}-*/_settings").json()
            yield "its mappings", search.get(f"/{place.name}-*/_mapping").json()
            hits = search.get(f"/{place.name}-*/_search?size=1000&sort=words.keyword").json()["hits"]["hits"]
            yield "its documents", hits
            yield "its repository", search.get(f"/_snapshot/{place.name}").json()
            yield "its cluster's settings", search.get("/_cluster/settings").json()
        yield "its snapshots", sorted(place.snapshots())


def _sum(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
