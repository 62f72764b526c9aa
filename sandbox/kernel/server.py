"""The HTTP server that all APIs share: told apart by path, with faults, truth check and error forms."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.kernel import discovery
from sandbox.kernel.errors import ApiError, RpcError, not_emulated, owned, refusal
from sandbox.kernel.faults import Faults
from sandbox.kernel.truth import Truth
from sandbox.kernel.wire import answer

logger = logging.getLogger("sandbox")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(faults: Faults, truth: Truth) -> web.Application:
    """An application with the sandbox's own routes; each system adds its own."""
    app = web.Application(
        middlewares=[errors, faults.middleware, truth.middleware, unknown], client_max_size=64 << 20
    )
    faults.routes(app)
    truth.routes(app)
    return app


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors go out in the form of the API they belong to."""
    try:
        return await handler(request)
    except ApiError as error:
        return answer(owned(error, request.path).body(), error.code)
    except web.HTTPException:
        raise
    except ConnectionResetError:
        raise
    except Exception:
        logger.exception(f"{request.method} {request.path}: the sandbox itself failed")
        return answer(owned(RpcError("INTERNAL", "Internal error encountered."), request.path).body(), 500)


@web.middleware
async def unknown(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A method that Google has and the sandbox has not is UNIMPLEMENTED; what neither has is not found."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as missing:
        method = discovery.find(request.method, request.raw_path.partition("?")[0])
        if method:
            raise not_emulated(method.id) from missing
        raise refusal(404, f"Requested entity was not found: {request.path}", request.path) from missing
