"""The catalogue of many recovery sets: beside a bare listing of the same objects by the official client.

Manifests lie in a vault of their own, each with the summary of a set of usual size in its metadata. No object
is read: what a summary weighs is what a listing takes.
"""

import math
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_most
from bench.progress import tell
from clients.catalogue import read_catalogue, write_manifest
from clients.environment import Environment
from clients.google import storage_client
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part, Window
from domain.vault_layout import manifests

SETS = 10_000
ROUNDS = 3
WRITERS = 8
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def measure(cloud: Cloud) -> Iterator[Figure]:
    """In the sample's environment, with a vault of its own."""
    env = cloud.environment("sandbox")
    vault = f"bench-catalogue-{secrets.token_hex(4)}"
    bucket = {"name": vault, "versioning": {"enabled": True}}
    cloud.ask("POST", f"/storage/v1/b?project={env.project}", bucket)
    yield from measure_in(env.model_copy(update={"vault": vault, "state": vault}), SETS)


def measure_in(env: Environment, sets: int) -> Iterator[Figure]:
    """Seconds, the best of some rounds."""
    tell(f"catalogue: writing {sets:,} manifests")
    with ThreadPoolExecutor(WRITERS) as pool:
        for _ in pool.map(lambda number: write_manifest(env, manifest(env, number)), range(sets)):
            pass
    ways: dict[str, Callable[[], int]] = {
        "catalogue": lambda: len(read_catalogue(env).listed),
        "bare": lambda: _listed(env, ""),
        "names": lambda: _listed(env, "items(name),nextPageToken"),
    }
    best = dict.fromkeys(ways, math.inf)
    for turn in range(ROUNDS):
        tell(f"catalogue: {sets:,} sets listed, round {turn + 1} of {ROUNDS}")
        for name, way in ways.items():
            began = time.perf_counter()
            found = way()
            best[name] = min(best[name], time.perf_counter() - began)
            if found != sets:
                raise AssertionError(f"{name}: {found:,} of {sets:,} manifests were listed")
    yield at_most(
        f"catalogue: {sets:,} sets listed",
        best["catalogue"],
        "s",
        2,
        Peer("a bare listing of the same objects by google-cloud-storage", best["bare"]),
        Peer("one of their names alone", best["names"]),
        note=f"best of {ROUNDS}; no object is read",
    )


def manifest(env: Environment, number: int) -> Manifest:
    """Of a set with database, search, configuration and secrets, one for each night before now."""
    at = NOW - timedelta(days=number)
    name = f"{at:%Y%m%d-%H%M%S}-{number:06x}"
    files = tuple(
        f"gs://{env.vault}/sets/{env.name}/{name}/configuration/{file}.json"
        for file in ("service", "database", "search", "secrets")
    )
    parts = (
        Part(Kind.DATABASE, (f"projects/{env.project}/backups/{number:036d}",), at, 1 << 30),
        Part(Kind.SEARCH, (f"vault/muster-set-{name}",), at, 1 << 20),
        Part(Kind.CONFIGURATION, files, at, 20_000),
        Part(Kind.SECRETS, (f"projects/{env.project}/secrets/database-url/versions/{number}",), at),
    )
    window = Window(at - timedelta(days=7), at)
    return Manifest(name, env.name, env.service.name, at, at, parts, window=window)


def _listed(env: Environment, fields: str) -> int:
    found = storage_client(env).list_blobs(env.vault, prefix=manifests(env.name), fields=fields or None)
    return sum(1 for _ in found)
