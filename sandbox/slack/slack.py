"""Slack as a system of the sandbox."""

from aiohttp import web

from sandbox.kernel.kernel import Kernel
from sandbox.slack.inbox import Inbox
from sandbox.slack.methods import Methods
from sandbox.slack.routes import add_routes


class Slack:
    """A workspace, under /slack on the address that all APIs share."""

    def __init__(self, kernel: Kernel) -> None:
        self._methods = Methods(kernel.state, f"http://127.0.0.1:{kernel.ports.reserve('google')}/slack/")

    def routes(self, app: web.Application) -> None:
        add_routes(app, self._methods, Inbox(self._methods))

    async def start(self) -> None:
        """Nothing runs behind it."""

    async def stop(self) -> None:
        """Nothing runs behind it."""
