"""What all parts of an environment file have in common."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Unknown keys are refused: a typo must not silently leave a default in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)
