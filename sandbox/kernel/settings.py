"""What can be set when the sandbox starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


def user_cache() -> Path:
    """Where what is fetched or built once for all sandboxes is kept, outside every work tree."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "muster-sandbox"


def pg_bindir() -> Path | None:
    """The folder of the PostgreSQL tools to use, where somebody chose one."""
    chosen = os.environ.get("PG_BINDIR")
    return Path(chosen) if chosen else None


@dataclass(frozen=True)
class Settings:
    """The sandbox's own configuration; nothing else in it reads the environment or the command line."""

    home: Path
    cache: Path = field(default_factory=user_cache)
    pg_bindir: Path | None = field(default_factory=pg_bindir)
    project: str = "sandbox-project"
    number: str = "402170518363"
    region: str = "us-central1"
    log_lag: float = 1.0  # seconds until a log entry can be read
    idle: float = 900.0  # seconds without a request after which an instance without a minimum is stopped
    backup_quota: int = 5  # on-demand backups an instance takes in 50 minutes
    lifecycle_every: float = 60.0  # seconds between two rounds of Cloud Storage's lifecycle
    restore_quota: int = 3  # restores of one backup in one region in 30 minutes
    recovery_lag: float = 10.0  # seconds between the ends of Cloud SQL's archived log files
    lock_linger: float = 1.0  # seconds a Cloud SQL operation's other instances stay locked after it is DONE
    pace: Mapping[str, float] = field(default_factory=dict)  # seconds that Cloud SQL operations take, by type
    without: frozenset[str] = frozenset()  # systems that are left out

    @property
    def parent(self) -> str:
        return f"projects/{self.project}/locations/{self.region}"

    def is_project(self, name: str) -> bool:
        """A project is addressed by its name or by its number."""
        return name in {self.project, self.number}
