"""A second copy, beside a bare one: the same bytes down and up again by Google's own client, not hashed."""

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_least, at_most
from bench.progress import tell
from clients.google import storage_client
from clients.object_stream import PIECE

SIZE = 1 << 30
ROUNDS = 3
NAME = "bench-copy"


def measure(cloud: Cloud, size: int = SIZE) -> Iterator[Figure]:
    """Its speed and its memory; of each way the best of some rounds, taken in turns."""
    env = cloud.environment("sandbox")
    assert env.second_vault
    folder = cloud.home / "copied"
    folder.mkdir()
    client = storage_client(env)
    source, target = (client.bucket(name).blob(NAME) for name in (env.vault, env.second_vault))
    digest = _fill(source, folder / "source", size)
    bare, ours = [], []
    for turn in range(ROUNDS):
        tell(f"copy: {size >> 20} MiB to the second vault, round {turn + 1} of {ROUNDS}")
        bare.append(_bare(source, target, folder / "between"))
        target.bucket.delete_blob(NAME)  # the live one, of whichever generation
        ours.append(_ours(cloud, f"gs://{env.vault}/{NAME}", digest, folder / "took.json"))
        target.bucket.delete_blob(NAME)  # the live one, of whichever generation
    source.delete()
    shutil.rmtree(folder)
    best = min(took["seconds"] for took in ours)
    yield at_least(
        "copy: its speed to a bare copy's",
        min(bare) / best,
        "times",
        0.8,
        Peer("MB/s, hashed and compared", size / best / 1e6),
        Peer("MB/s of the bare copy, by way of a file", size / min(bare) / 1e6),
        note=f"{size >> 20} MiB in pieces of {PIECE >> 20} MiB, best of {ROUNDS}",
    )
    yield at_most(
        "copy: the most memory its process held",
        max(took["peak"] for took in ours) / 1e6,
        "MB",
        150,
        Peer("the object", size / 1e6),
    )


def _fill(blob: Any, file: Path, size: int) -> str:
    sums = hashlib.sha256()
    with file.open("wb") as content:
        for at in range(0, size, PIECE):
            piece = os.urandom(min(PIECE, size - at))
            sums.update(piece)
            content.write(piece)
    blob.upload_from_filename(str(file))
    file.unlink()
    return sums.hexdigest()


def _bare(source: Any, target: Any, file: Path) -> float:
    began = time.perf_counter()
    source.download_to_filename(str(file))
    target.upload_from_filename(str(file))
    took = time.perf_counter() - began
    file.unlink()
    return took


def _ours(cloud: Cloud, reference: str, digest: str, file: Path) -> dict[str, float]:
    """In a process of its own, so that its memory is its own."""
    command = ("-m", "bench.copied", "sandbox", reference, digest, file)
    cloud.processes.run("copied", sys.executable, *command)
    took: dict[str, float] = json.loads(file.read_text())
    assert took["pieces"], "it was copied just now"
    return took
