"""The `muster` command: every verb is there once its module is imported."""

from cli import (
    backup,
    copy,
    deploy,
    dr_drill,
    drill,
    drills,
    expire,
    export,
    freshness,
    heartbeat,
    orders,
    pins,
    reap,
    recover,
    rollback,
    sets,
    settle,
    snapshot,
    status,
    verify,
)
from cli.app import app

__all__ = [
    "app",
    "backup",
    "copy",
    "deploy",
    "dr_drill",
    "drill",
    "drills",
    "expire",
    "export",
    "freshness",
    "heartbeat",
    "main",
    "orders",
    "pins",
    "reap",
    "recover",
    "rollback",
    "sets",
    "settle",
    "snapshot",
    "status",
    "verify",
]


def main() -> None:
    app()


if __name__ == "__main__":
    main()
