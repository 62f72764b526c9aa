"""What the environment decides. Nothing else reads it."""

import os
from dataclasses import dataclass, field


def required(name: str) -> str:
    """The variable's value; RuntimeError, which stops the start, when it is missing."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise RuntimeError(f"{name} is not set: README.md says what it should hold")
    return value


@dataclass(frozen=True)
class Settings:
    database_url: str = field(repr=False)
    elasticsearch_url: str = field(repr=False)
    search_index: str
    suggestions_url: str
    port: int
    revision: str


settings = Settings(
    database_url=required("DATABASE_URL"),
    elasticsearch_url=required("ELASTICSEARCH_URL"),
    search_index=os.environ.get("SEARCH_INDEX", "documents"),
    suggestions_url=required("SUGGESTIONS_URL"),
    port=int(os.environ.get("PORT", "8080")),
    revision=os.environ.get("K_REVISION", "local"),
)
