"""A document: what a client sends, what the database keeps, what a client gets back."""

import textwrap
import uuid
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, Index, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

UNKNOWN = "unknown"


class Base(DeclarativeBase):
    pass


class Document(Base):
    """The id is drawn here rather than counted by the database: after a restore to an earlier point, the
    id of a lost document must not come to mean another one.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("documents_created_at", "created_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)  # None only in documents older than the rule
    summary: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Draft(BaseModel):
    """What a client sends."""

    title: str = Field(min_length=1, max_length=200)
    body: str = Field(min_length=1, max_length=100_000)
    author: str | None = Field(default=None, min_length=1, max_length=100)

    def document(self) -> Document:
        return Document(
            title=self.title, body=self.body, author=self.author or UNKNOWN, summary=summarise(self.body)
        )


class Stored(BaseModel):
    """What a client gets back."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    title: str
    body: str
    author: str | None
    summary: str | None
    created_at: datetime


class Written(Stored):
    """The answer to a write; `indexed` is false when search will not find the document for now."""

    indexed: bool


def summarise(body: str) -> str:
    """The first sentence, or as much of it as fits."""
    return textwrap.shorten(body.partition(". ")[0], 140, placeholder=" ...")
