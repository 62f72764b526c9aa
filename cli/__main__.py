"""The `muster` command: every verb is there once its module is imported."""

from cli import (
    backup,
    copy,
    deploy,
    expire,
    export,
    freshness,
    orders,
    pins,
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
    "expire",
    "export",
    "freshness",
    "main",
    "orders",
    "pins",
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
