"""What damage does to the copy of a snapshot repository: to its blobs, or by another snapshot instead."""

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout

BYTES = ("bit flip", "truncation")
BLOB = re.compile(rb"__[A-Za-z0-9_-]{22}")  # the name of one with data
DEFLATED = b"DFL\x00"  # what precedes compressed metadata
WORK = "sandbox-damage"  # the repository's name while a snapshot is made anew
ANSWERS = ClientTimeout(total=30)  # seconds
NOWHERE = {"index.routing.allocation.require._name": "nobody"}


class NotDamaged(Exception):
    """It could not be done; the message says why."""


@dataclass(frozen=True)
class Damage:
    """Of one snapshot, and of one of its indices: by default that with the largest blob, or the first."""

    damage: str
    index: str = ""


def harm(repository: Path, snapshot: str, damage: Damage) -> None:
    """Flip a bit in the middle of a blob of that snapshot, or cut it to half. NotDamaged when it has none."""
    found = [blob for blob in _blobs(repository, snapshot, damage.index) if blob.exists()]
    if not found:
        raise NotDamaged(f"{snapshot}: it has no blob of data ({damage})")
    blob = max(found, key=lambda path: path.stat().st_size)
    content = bytearray(blob.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    blob.write_bytes(content if damage.damage == "bit flip" else content[:middle])


def _blobs(repository: Path, snapshot: str, only: str) -> list[Path]:
    """The files that hold its data. Metadata say their names, in a form of which only these are read here."""
    newest = int.from_bytes((repository / "index.latest").read_bytes(), "big")
    catalogue = json.loads((repository / f"index-{newest}").read_bytes())
    uuids = [each["uuid"] for each in catalogue["snapshots"] if each["name"] == snapshot]
    return [
        told.parent / name.decode()
        for index, each in catalogue["indices"].items()
        for uuid in uuids
        if only in ("", index)
        for told in sorted((repository / "indices" / each["id"]).glob(f"*/snap-{uuid}.dat"))
        for name in sorted(set(BLOB.findall(_plain(told.read_bytes()))))
    ]


def _plain(content: bytes) -> bytes:
    _, compressed, packed = content.partition(DEFLATED)
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed) if compressed else content


async def remake(address: str, location: str, snapshot: str, damage: Damage) -> None:
    """Put another snapshot of that name in its place, made by the cluster at that address: PARTIAL, without
    one of its indices, or with one more. NotDamaged when the cluster holds indices of those names."""
    async with ClientSession(timeout=ANSWERS) as session:
        cluster = _Cluster(session, address)
        settings = {"location": location}
        await cluster.ask("PUT", f"/_snapshot/{WORK}", {"type": "fs", "settings": settings})
        found = await cluster.ask("GET", f"/_snapshot/{WORK}/{snapshot}")
        was = found["snapshots"][0]
        indices = sorted(was["indices"])
        chosen = damage.index or indices[0]
        if chosen not in indices:
            raise NotDamaged(f"{snapshot}: it has no index {chosen}")
        extra = f"{chosen}-extra"
        for name in (*indices, extra):
            if await cluster.has(name):
                raise NotDamaged(f"{name}: there is one in the cluster that is to make the snapshot")
        try:
            body = {"indices": ",".join(indices), "include_global_state": False}
            await cluster.ask("POST", f"/_snapshot/{WORK}/{snapshot}/_restore?wait_for_completion=true", body)
            kept = list(indices)
            if damage.damage == "missing index":
                kept.remove(chosen)
            elif damage.damage == "extra index":
                await cluster.ask("PUT", f"/{extra}", {"settings": {"number_of_replicas": 0}})
                kept.append(extra)
            else:
                await cluster.lose(chosen)
            await cluster.ask("DELETE", f"/_snapshot/{WORK}/{snapshot}")
            again = {
                "indices": ",".join(kept) or "-*",
                "include_global_state": False,
                "partial": True,
                "metadata": was.get("metadata", {}),
            }
            await cluster.ask("PUT", f"/_snapshot/{WORK}/{snapshot}?wait_for_completion=true", again)
        finally:
            for name in (*indices, extra):
                if await cluster.has(name):
                    await cluster.ask("DELETE", f"/{name}")
            await cluster.ask("DELETE", f"/_snapshot/{WORK}")


@dataclass(frozen=True)
class _Cluster:
    session: ClientSession
    address: str

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What it answers. NotDamaged, with its words, when it refuses; TimeoutError when it does not."""
        async with self.session.request(method, self.address + path, json=body) as answer:
            if answer.status >= 400:
                raise NotDamaged(f"{method} {path}: {answer.status} {await answer.text()}")
            told: dict[str, Any] = await answer.json(content_type=None)
            return told

    async def lose(self, index: str) -> None:
        """Let the index have no shard that could be read. Without data on its disk no node is forced to take
        one against the index's settings."""
        was = (await self.ask("GET", f"/{index}"))[index]
        shards = was["settings"]["index"]["number_of_shards"]
        await self.ask("DELETE", f"/{index}")
        body = {"mappings": was["mappings"], "settings": {**NOWHERE, "number_of_shards": shards}}
        await self.ask("PUT", f"/{index}?wait_for_active_shards=0", body)

    async def has(self, index: str) -> bool:
        async with self.session.head(f"{self.address}/{index}") as answer:
            return answer.status == 200
