"""The application, put together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from elasticsearch import ApiError, TransportError
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from starlette.concurrency import run_in_threadpool
from starlette.middleware.base import RequestResponseEndpoint

from . import __version__, health, routes
from .database import engine
from .search import index
from .settings import settings
from .stamp import Stamped

logger = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Does not wait for search, as documents can be written and read without it."""
    making = asyncio.create_task(run_in_threadpool(make_index))
    yield
    await making
    engine.dispose()


def make_index() -> None:
    try:
        index.make()
    except (ApiError, TransportError) as failure:
        logger.warning("the index is not there yet, the next write tries again: %s", failure)


async def unavailable(request: Request, failure: Exception) -> JSONResponse:
    """503: what this service leans on is out of order, and asking again later may help."""
    logger.warning("%s %s: %s", request.method, request.url.path, str(failure).partition("\n")[0])
    return JSONResponse({"detail": "unavailable, try again later"}, 503)


api = FastAPI(title="ali-api", version=__version__, lifespan=lifespan)
api.include_router(health.router)
api.include_router(routes.router)
for outage in (OperationalError, NoConnectionLeft, ApiError, TransportError):
    api.add_exception_handler(outage, unavailable)


@api.middleware("http")
async def trace(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Hand the caller's trace on."""
    response = await call_next(request)
    response.headers["x-trace-id"] = request.headers["x-trace-id"]
    return response


app = Stamped(api, revision=settings.revision, version=__version__)
