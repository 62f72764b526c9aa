"""The part of an environment file about the heartbeat: what makes a loss of data measurable."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from clients.lengths import PositiveLength, length
from clients.names import SecretName
from clients.part import Part

BEAT = "{beat}"


class Write(Part):
    """A request by which a beat goes through the application's own write path, and so into the index."""

    path: Annotated[str, StringConstraints(pattern="^/")]
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    body: Any = Field(default=None, description="sent as JSON; {beat} is one word that names the beat")
    status: int = Field(default=200, ge=100, le=599)
    within: PositiveLength = Field(default=length("5s"), description="the longest that an answer may take")
    field: str = Field(
        min_length=1, description="the index's text field that holds the word, by which beats are found"
    )

    @model_validator(mode="after")
    def _names_the_beat(self) -> "Write":
        if BEAT not in self.path and BEAT not in str(self.body):
            raise ValueError(
                f"no beat could be told from another; write {BEAT} into body, where {self.field} comes from"
            )
        return self


class Heartbeat(Part):
    """A row a second in the database, and the acknowledged ones in a ledger outside of it."""

    credentials: SecretName = Field(
        description="a secret with a login that may make and write the schema muster, as postgresql://..."
    )
    write: Write | None = Field(default=None, description="through the application too; absent: rows alone")
    keep: PositiveLength = Field(default=length("48h"), description="how long rows and the ledger are kept")
