"""The `muster` command: every verb is there once its module is imported."""

from cli import backup, copy, deploy, expire, export, orders, pins, rollback, settle, snapshot, status, verify
from cli.app import app

__all__ = [
    "app",
    "backup",
    "copy",
    "deploy",
    "expire",
    "export",
    "main",
    "orders",
    "pins",
    "rollback",
    "settle",
    "snapshot",
    "status",
    "verify",
]


def main() -> None:
    app()


if __name__ == "__main__":
    main()
