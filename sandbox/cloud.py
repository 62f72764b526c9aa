"""The sandbox as a whole: which systems there are, and in which order they start and stop."""

import asyncio
import json
from typing import Protocol

from aiohttp import web

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.server import application
from sandbox.kernel.settings import Settings
from sandbox.logging.entries import Entries
from sandbox.logging.routes import add_routes as add_logging_routes


class System(Protocol):
    """One of the systems stood in for."""

    def routes(self, app: web.Application) -> None: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Cloud:
    """Everything, in one process but for the router and the real servers behind the APIs."""

    def __init__(self, settings: Settings) -> None:
        self.kernel = Kernel.open(settings)
        self.entries = Entries(settings.home / "logs.sqlite", settings.log_lag)
        self.systems: list[System] = []
        app = application(self.kernel.faults, self.kernel.truth)
        add_logging_routes(app, self.entries)
        for system in self.systems:
            system.routes(app)
        self._runner = web.AppRunner(app, access_log=None)
        self.google = f"http://127.0.0.1:{self.kernel.ports.reserve('google')}"

    async def start(self) -> dict[str, str]:
        """Start everything, side by side; the addresses, once all of it answers."""
        await self.kernel.children.watch()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", int(self.google.rpartition(":")[2])).start()
        await asyncio.gather(*(system.start() for system in self.systems))
        self.kernel.work.resume()
        settings = self.kernel.settings
        endpoints = {
            "google": self.google,
            "slack": f"{self.google}/slack",
            "project": settings.project,
            "region": settings.region,
        }
        (settings.home / "endpoints.json").write_text(json.dumps(endpoints, indent=2) + "\n")
        return endpoints

    async def stop(self) -> None:
        (self.kernel.settings.home / "endpoints.json").unlink(missing_ok=True)
        await self.kernel.work.stop()
        await asyncio.gather(*(system.stop() for system in self.systems))
        await self._runner.cleanup()
        await self.kernel.children.stop()
        self.entries.close()
        self.kernel.state.close()
