"""Write, read, list, search."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import select

from .database import Session
from .documents import Document, Draft, Stored, Written
from .search import Hit, index

router = APIRouter()


@router.post("/documents", status_code=201)
def write(draft: Draft) -> Written:
    """Store, then index. The database is the truth: a write that search could not take is kept all the
    same, says so, and is found after the next `python -m app.reindex`.
    """
    document = draft.document()
    with Session.begin() as session:
        session.add(document)
    indexed = index.put(document)
    return Written(**Stored.model_validate(document).model_dump(), indexed=indexed)


@router.get("/documents/{document_id}")
def read(document_id: UUID) -> Stored:
    with Session() as session:
        document = session.get(Document, document_id)
    if document is None:
        raise HTTPException(404, "no such document")
    return Stored.model_validate(document)


@router.get("/documents")
def newest(limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[Stored]:
    with Session() as session:
        documents = session.scalars(select(Document).order_by(Document.created_at.desc()).limit(limit))
        return [Stored.model_validate(document) for document in documents]


@router.get("/search")
def search(q: Annotated[str, Query(min_length=1, max_length=200)]) -> list[Hit]:
    """The ten best matches. A new document is among them about a second after it was written."""
    return index.find(q)
