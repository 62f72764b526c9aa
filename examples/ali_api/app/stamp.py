"""Who answered: every answer names its revision and version, even one to a request that crashed."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Stamped:
    """Adds the headers outside of the application, as FastAPI's own middleware does not see the answer
    to an exception that nobody caught.
    """

    def __init__(self, app: ASGIApp, *, revision: str, version: str) -> None:
        self.app = app
        self.headers = [(b"x-served-by", revision.encode()), (b"x-version", version.encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self.headers]
            await send(message)

        await self.app(scope, receive, stamped)
