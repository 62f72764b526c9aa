"""Damaged snapshots: further clusters read a copy of their repository in which the damage is."""

import asyncio
import json
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from sandbox.elasticsearch import damage
from sandbox.elasticsearch.damage import BYTES, Damage, NotDamaged
from sandbox.kernel.errors import RpcError
from sandbox.kernel.fault import made
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document

logger = logging.getLogger("sandbox")

DAMAGES = (*BYTES, "PARTIAL snapshot", "missing index", "extra index")
COPIES = "damaged"  # beside the repositories, for those who read a damaged one
ATTEMPTS = 5  # at a copy, while the first cluster may write


class Damages:
    """`POST /faults {"snapshot": "REPOSITORY/SNAPSHOT", "damage": KIND}`, the repository as the first cluster
    has it registered.

    The repository stays as it is, and so does what the first cluster reads. A further cluster that registers
    it, or has it registered, is led to the copy while the fault stands.
    """

    def __init__(
        self, kernel: Kernel, repositories: Path, first: str, further: Callable[[], Sequence[str]]
    ) -> None:
        self._repositories = repositories
        self._first = first  # addresses of servers
        self._further = further
        self._planted: dict[str, Damage] = {}
        self._locations: dict[str, str] = {}  # of the repositories of what is damaged
        self._one_at_a_time = asyncio.Lock()
        kernel.faults.things["snapshot"] = self

    def led(self, body: bytes) -> bytes:
        """A registration of a repository as a further cluster is to be told it."""
        try:
            asked: Any = json.loads(body)
            location = self._relative(asked["settings"]["location"])
        except (ValueError, KeyError, TypeError):
            return body  # the server says what is wrong with it
        if location not in self._locations.values():
            return body
        asked["settings"]["location"] = f"{COPIES}/{location}"
        return json.dumps(asked).encode()

    def start(self) -> None:
        """A restarted sandbox is a healthy one."""
        shutil.rmtree(self._repositories / COPIES, ignore_errors=True)

    def broken(self) -> Mapping[str, Document]:
        return {name: vars(planted) for name, planted in sorted(self._planted.items())}

    async def harm(self, name: str, how: Document) -> Document:
        planted = made(Damage, how)
        if planted.damage not in DAMAGES:
            raise RpcError("INVALID_ARGUMENT", f"damage: one of {', '.join(DAMAGES)}, not {planted.damage!r}")
        async with self._one_at_a_time:
            if self._planted.get(name) != planted:  # else somebody asked again whose answer was lost
                await self._plant(name, planted)
        return dict(vars(planted))

    async def mend(self, name: str) -> None:
        async with self._one_at_a_time:
            if self._planted.pop(name, None):
                location = self._locations.pop(name)
                await self._led_to(f"{COPIES}/{location}", location)
                await self._removed(location)

    async def _plant(self, name: str, planted: Damage) -> None:
        repository, _, snapshot = name.partition("/")
        location = await self._location(repository, snapshot)
        if location in self._locations.values():
            raise RpcError("FAILED_PRECONDITION", f"A snapshot in {repository} is damaged already.")
        try:
            await self._copied(location)
            if planted.damage in BYTES:
                copy = self._repositories / COPIES / location
                await asyncio.to_thread(damage.harm, copy, snapshot, planted)
            else:
                await damage.remake(self._maker(), f"{COPIES}/{location}", snapshot, planted)
            await self._led_to(location, f"{COPIES}/{location}")
        except NotDamaged as error:
            await self._removed(location)
            raise RpcError("FAILED_PRECONDITION", str(error)) from error
        except TimeoutError as error:
            await self._removed(location)
            raise RpcError("UNAVAILABLE", f"{name}: the cluster is busy. Try again.") from error
        self._planted[name], self._locations[name] = planted, location
        logger.info(f"snapshot {name}: further clusters find it damaged: {planted.damage}")

    async def _location(self, repository: str, snapshot: str) -> str:
        """Where the repository is, below the folder of them all. RpcError when it has no such snapshot."""
        async with ClientSession(self._first) as session:
            async with session.get(f"/_snapshot/{repository}") as answer:
                registered = await answer.json() if answer.status == 200 else {}
            async with session.get(f"/_snapshot/{repository}/{snapshot or '-'}") as answer:
                there = answer.status == 200
        if repository not in registered or not there or "*" in snapshot:
            raise RpcError("NOT_FOUND", f"There is no snapshot {repository}/{snapshot}.")
        return self._relative(registered[repository]["settings"]["location"])

    def _relative(self, location: str) -> str:
        return str((self._repositories / location).relative_to(self._repositories))

    def _maker(self) -> str:
        """The cluster that makes another snapshot in a copy."""
        for address in self._further():
            return address
        raise NotDamaged("a further cluster has to make that snapshot; start one first")

    async def _copied(self, location: str) -> None:
        """Copy the repository; again where the first cluster removed a file meanwhile."""
        place = self._repositories / COPIES / location
        for attempt in range(1, ATTEMPTS + 1):
            await self._removed(location)
            try:
                await asyncio.to_thread(shutil.copytree, self._repositories / location, place)
            except (shutil.Error, FileNotFoundError) as error:
                if attempt == ATTEMPTS:
                    raise NotDamaged(f"{location}: it cannot be copied: {error}") from error
            else:
                return

    async def _removed(self, location: str) -> None:
        place = self._repositories / COPIES / location
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    async def _led_to(self, before: str, after: str) -> None:
        """Where further clusters have the repository registered, let them read it elsewhere."""
        for address in self._further():
            async with ClientSession(address) as session:
                async with session.get("/_snapshot") as answer:
                    registered: Document = await answer.json()
                for name, how in registered.items():
                    if how["settings"].get("location") != before:
                        continue
                    settings = how["settings"] | {"location": after}
                    path = f"/_snapshot/{name}"
                    async with session.put(path, json={"type": how["type"], "settings": settings}) as put:
                        if put.status >= 400:
                            raise NotDamaged(f"{path}: {await put.text()}")
