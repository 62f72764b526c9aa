"""Cloud Storage by Google's own client, beside a plain HTTP server and a plain file.

A download is bound by that client: `requests`, which it reads by, takes a body in pieces of 10 KiB. The plain
server is asked by `requests` too, and what the sandbox itself computes stands beside both.
"""

import math
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_least
from bench.process_table import cpu_seconds
from bench.progress import tell
from clients.google import storage_client
from examples.demo.stage import free_port

CHUNK = 8 << 20
SIZE = 512 << 20
ROUNDS = 3
BUCKET = "muster-vault"


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Bytes a second, up and down, the best of some rounds of each."""
    folder = cloud.home / "bytes"
    folder.mkdir()
    source, target = folder / "source", folder / "target"
    _fill(source)
    port = free_port()
    server = cloud.processes.start("plain server", sys.executable, "-m", "bench.plain_server", str(port))
    cloud.processes.wait_for("plain server", lambda: _listens(port))
    blob = storage_client(cloud.environment("sandbox")).bucket(BUCKET).blob("bench", chunk_size=CHUNK)
    ways: dict[str, Callable[[], object]] = {
        "up": lambda: blob.upload_from_filename(str(source)),
        "down": lambda: blob.download_to_filename(str(target)),
        "plain up": lambda: _put(port, source),
        "plain down": lambda: _get(port, target),
        "file": lambda: _copy(source, target),
    }
    best, computed = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, math.inf)
    for turn in range(ROUNDS):
        tell(f"storage: {SIZE >> 20} MiB up and down, round {turn + 1} of {ROUNDS}")
        for name, way in ways.items():
            before = cpu_seconds([cloud.pid])
            best[name] = max(best[name], _rate(way))
            computed[name] = min(computed[name], cpu_seconds([cloud.pid]) - before)
    blob.delete()
    server.terminate()
    server.wait()
    shutil.rmtree(folder)
    file = Peer("a plain file, written and fsynced", best["file"])
    note = f"{SIZE >> 20} MiB in chunks of {CHUNK >> 20} MiB, best of {ROUNDS}"
    for name, key in (("upload", "up"), ("download", "down")):
        plain = Peer("a plain HTTP server", best[f"plain {key}"])
        sandbox = Peer("in each second that the sandbox computes", SIZE / computed[key] / 1e6)
        yield at_least(f"storage: {name}", best[key], "MB/s", 150, plain, file, sandbox, note=note)


def _rate(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    way()
    return SIZE / (time.perf_counter() - began) / 1e6


def _fill(file: Path) -> None:
    with file.open("wb") as target:
        for _ in range(SIZE // CHUNK):
            target.write(os.urandom(CHUNK))


def _put(port: int, source: Path) -> None:
    with requests.Session() as session, source.open("rb") as content:
        while chunk := content.read(CHUNK):
            session.put(f"http://127.0.0.1:{port}/", data=chunk)


def _get(port: int, target: Path) -> None:
    with requests.Session() as session, target.open("wb") as content:
        for _ in range(SIZE // CHUNK):
            content.write(session.get(f"http://127.0.0.1:{port}/{CHUNK}").content)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as content, target.open("wb") as copy:
        while chunk := content.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())


def _listens(port: int) -> bool | None:
    try:
        return requests.get(f"http://127.0.0.1:{port}/0", timeout=1).ok
    except requests.ConnectionError:
        return None
