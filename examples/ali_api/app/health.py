"""Two questions: does this process answer, and could it do its work?"""

from elasticsearch import ApiError, TransportError
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from . import SCHEMA, __version__
from .database import schema_revision
from .search import index

router = APIRouter()


class Health(BaseModel):
    status: str
    version: str


class Readiness(BaseModel):
    ready: bool
    schema_revision: str | None
    problems: list[str]


@router.get("/health")
async def health() -> Health:
    """200 as long as the process answers. It asks nobody else, as a restart cures nobody else's outage."""
    return Health(status="ok", version=__version__)


@router.get("/ready")
def ready(response: Response) -> Readiness:
    """200 when database, schema and search would serve a request; 503 with the problems otherwise.

    A schema ahead of this code is fine: it moves first, and this code serves on it until the next takes over.
    """
    problems = []
    revision = None
    try:
        revision = schema_revision()
        if revision is None or _number(revision) < _number(SCHEMA):
            problems.append(f"schema: at {revision}, while this code needs {SCHEMA}")
    except SQLAlchemyError as failure:
        problems.append(f"database: {type(failure).__name__}")
    try:
        index.count()
    except (ApiError, TransportError) as failure:
        problems.append(f"search: {type(failure).__name__}")
    if problems:
        response.status_code = 503
    return Readiness(ready=not problems, schema_revision=revision, problems=problems)


def _number(revision: str) -> int:
    """Revisions are numbered: 3 for 0003_index_created_at."""
    return int(revision.partition("_")[0])
