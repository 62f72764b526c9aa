"""The sandbox as a whole: which systems there are, and in which order they start and stop."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from aiohttp import web

from sandbox.builds.build import Builds
from sandbox.builds.routes import add_routes as add_build_routes
from sandbox.console.console import Console
from sandbox.console.routes import add_routes as add_console_routes
from sandbox.elasticsearch.elasticsearch import Elasticsearch
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.server import application
from sandbox.kernel.settings import Settings
from sandbox.logging.entries import Entries
from sandbox.logging.routes import add_routes as add_logging_routes
from sandbox.run.run import Run
from sandbox.secrets.routes import add_routes as add_secrets_routes
from sandbox.secrets.secrets import Secrets
from sandbox.slack.slack import Slack
from sandbox.sql.routes import add_routes as add_sql_routes
from sandbox.sql.sql import Sql
from sandbox.storage.storage import Storage

AddRoutes = Callable[[web.Application], None]
SERVERS = ("elasticsearch", "sql")  # what can be left out: each has servers of its own


class System(Protocol):
    """One of the systems stood in for."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Cloud:
    """Everything, in one process but for the router and the real servers behind the APIs."""

    def __init__(self, settings: Settings) -> None:
        self.kernel = Kernel.open(settings)
        self.entries = Entries(settings.home / "logs.sqlite", settings.log_lag)
        self.elasticsearch = Elasticsearch(self.kernel)
        self.storage = Storage(self.kernel)
        self.sql = Sql(self.kernel, self.storage)
        self.secrets = Secrets(self.kernel)
        self.slack = Slack(self.kernel)
        self.google = f"http://127.0.0.1:{self.kernel.ports.reserve('google')}"
        builds = Builds(self.kernel, self.storage, self.entries)
        self.run = Run(self.kernel, builds, self.secrets, self.entries, self.google)
        known: dict[str, tuple[System, AddRoutes]] = {
            "elasticsearch": (self.elasticsearch, self.elasticsearch.routes),
            "run": (self.run, self.run.routes),
            "sql": (self.sql, partial(add_sql_routes, sql=self.sql)),
            "secrets": (self.secrets, partial(add_secrets_routes, secrets=self.secrets)),
            "storage": (self.storage, self.storage.routes),
            "slack": (self.slack, self.slack.routes),
        }
        there = [known[name] for name in known if name not in settings.without]
        self.systems = [system for system, _ in there]
        app = application(self.kernel.faults, self.kernel.truth)
        self.kernel.clock.routes(app)
        add_logging_routes(app, self.entries)
        add_build_routes(app, builds)
        sql = self.sql if self.sql in self.systems else None
        add_console_routes(
            app, Console(self.kernel, run=self.run, builds=builds, sql=sql, storage=self.storage)
        )
        for _, add_routes in there:
            add_routes(app)
        self._runner = web.AppRunner(app, access_log=None)

    @property
    def _endpoints_file(self) -> Path:
        return self.kernel.settings.home / "endpoints.json"

    async def start(self) -> dict[str, str]:
        """Start everything, side by side; the addresses, once all of it answers."""
        self._endpoints_file.unlink(missing_ok=True)  # of a sandbox that was killed
        await self.kernel.children.watch()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", int(self.google.rpartition(":")[2])).start()
        await asyncio.gather(*(system.start() for system in self.systems))
        self.kernel.work.resume()
        settings = self.kernel.settings
        endpoints = {
            "google": self.google,
            "console": f"{self.google}/",
            "slack": f"{self.google}/slack",
            "elasticsearch": self.elasticsearch.address if self.elasticsearch in self.systems else "",
            "project": settings.project,
            "region": settings.region,
        }
        written = self._endpoints_file.with_suffix(".new")
        written.write_text(json.dumps(endpoints, indent=2) + "\n")
        written.rename(self._endpoints_file)
        return endpoints

    async def stop(self) -> None:
        self._endpoints_file.unlink(missing_ok=True)
        await self.kernel.work.stop()
        await asyncio.gather(*(system.stop() for system in self.systems))
        await self._runner.cleanup()
        await self.kernel.children.stop()
        self.entries.close()
        self.kernel.state.close()
