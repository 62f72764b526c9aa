"""One PostgreSQL server: its data directory, its address, its process."""

import asyncio
import secrets
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import psycopg

from sandbox.kernel.children import Child, Children
from sandbox.sql import command, configuration, leftovers
from sandbox.sql.addresses import PORT
from sandbox.sql.binaries import Binaries
from sandbox.sql.configuration import ADMIN

START_LIMIT = 300.0  # seconds; a crash recovery may replay a lot
STOP_LIMIT = 60.0
SEGMENT = 1 << 20  # bytes in a file of log: one closed early is filled up, and Cloud SQL's have 16 MiB
LOOK, LONGEST_LOOK = 0.02, 0.2  # seconds between looks at a server that is starting

Connection = psycopg.AsyncConnection[tuple[object, ...]]


class ClusterFailed(Exception):
    """A server did not start."""


class Cluster:
    """A real cluster. One caller at a time starts, stops and configures it: the instance's operation."""

    def __init__(
        self, children: Children, binaries: Binaries, folder: Path, *, name: str, address: str, password: str
    ) -> None:
        self.name = name
        self.address = address
        self.password = password  # of the platform's own superuser
        self.data = folder / "data"
        self._folder = folder
        self._children = children
        self._binaries = binaries
        self._child: Child | None = None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    async def create(self) -> None:
        """Make an empty cluster, in the place of whatever is there."""
        await leftovers.clear(self.data)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, mode=0o700)
        secret = self._folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        initdb: list[str | Path] = [self._binaries.tool("initdb"), "-D", self.data, "-U", ADMIN]
        initdb += ["-A", "scram-sha-256", "--pwfile", secret, "--data-checksums", "--no-sync"]
        initdb += ["--wal-segsize", str(SEGMENT >> 20)]
        initdb += ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        await command.run(self._children, initdb, ordinary_user=True)
        secret.unlink()

    async def replace(self, fill: Callable[[Path], Awaitable[None]]) -> None:
        """Put other data in the place of what is there: `fill` is given the empty data directory."""
        await self.stop()
        await leftovers.clear(self.data)
        await asyncio.to_thread(shutil.rmtree, self.data, ignore_errors=True)
        self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        self.data.mkdir(mode=0o700)
        await fill(self.data)

    async def start(self, flags: Mapping[str, str], platform: Mapping[str, str] | None = None) -> None:
        """Start it with these flags and with the platform's own settings, which no flag overrides.

        It answers when this returns. ClusterFailed when it cannot start.
        """
        if self.running:
            return
        await leftovers.clear(self.data)
        self._configure(flags, platform)
        self._child = await self._children.start(
            f"postgres {self.name}",
            [self._binaries.tool("postgres"), "-D", self.data],
            env=command.ENVIRONMENT,
            log=self._log,
            ordinary_user=True,
        )
        async with asyncio.timeout(START_LIMIT):
            await self._answers(self._child)

    async def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, clients are let go, nothing is lost."""
        if self._child and self.running:
            await self._child.stop(STOP_LIMIT, signal.SIGINT)

    async def kill(self) -> None:
        """End it as a loss of power would: nothing is written, nobody is told."""
        if self._child:
            await self._child.stop(STOP_LIMIT, signal.SIGKILL)
        await leftovers.clear(self.data)

    async def lose(self) -> None:
        """Remove its data and nothing else; it must not run."""
        await asyncio.to_thread(shutil.rmtree, self.data, ignore_errors=True)

    async def reload(self, flags: Mapping[str, str], platform: Mapping[str, str] | None = None) -> None:
        """Change flags that need no restart; connections made from now on have them."""
        self._configure(flags, platform)
        before = await self._loaded()
        assert self._child
        self._child.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(START_LIMIT):
            while await self._loaded() == before:  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(LOOK)

    async def connect(self, database: str = "postgres") -> Connection:
        """A connection as the platform's own superuser, each statement on its own."""
        return await psycopg.AsyncConnection.connect(
            host=self.address,
            port=PORT,
            user=ADMIN,
            password=self.password,
            dbname=database,
            sslmode="disable",
            autocommit=True,
        )

    async def destroy(self) -> None:
        """Remove it with all its data."""
        await self.stop()
        await leftovers.clear(self.data)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def _configure(self, flags: Mapping[str, str], platform: Mapping[str, str] | None) -> None:
        settings = {**flags, **(platform or {})}
        configuration.write(self.data, name=self.name, address=self.address, flags=settings)

    async def _answers(self, child: Child) -> None:
        pause = LOOK
        while child.running:
            try:
                await (await self.connect()).close()
            except psycopg.OperationalError:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LONGEST_LOOK)
            else:
                return
        last = self._log.read_text(errors="replace").splitlines()[-3:]
        raise ClusterFailed(f"{self.name}: PostgreSQL ended while starting: {' '.join(last)}")

    async def _loaded(self) -> object:
        async with await self.connect() as connection:
            row = await (await connection.execute("SELECT pg_conf_load_time()")).fetchone()
        return row and row[0]

    @property
    def _log(self) -> Path:
        return self._folder / "postgresql.log"


def new_password() -> str:
    return secrets.token_hex(24)
