"""What this process is told by its own environment. Read here and nowhere else."""

import getpass
import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).parents[1]


class Settings(BaseSettings):
    """Variables with the prefix MUSTER_."""

    model_config = SettingsConfigDict(env_prefix="MUSTER_", extra="ignore")

    environments: Path = Field(
        default=PROJECT / "deployments" / "environments", description="the folder of environment files"
    )
    endpoints: Path | None = Field(
        default=None, description="an endpoints.json to use in place of the one the environment file names"
    )
    who: str = Field(default="", description="who is said to act; by default the CI's or the login's name")


def settings() -> Settings:
    return Settings()


@cache
def who() -> str:
    """The name to record for what this process does: self-declared, as a CI or a login declares it."""
    return settings().who or os.environ.get("GITHUB_ACTOR") or getpass.getuser()


def port() -> int | None:
    """The port that the platform wants to be answered on, as Cloud Run says it; None elsewhere."""
    said = os.environ.get("PORT", "")
    return int(said) if said.isdecimal() else None
