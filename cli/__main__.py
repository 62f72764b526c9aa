"""The `muster` command: every verb is there once its module is imported."""

from cli import backup, copy, deploy, export, orders, rollback, settle, status, verify
from cli.app import app

__all__ = [
    "app",
    "backup",
    "copy",
    "deploy",
    "export",
    "main",
    "orders",
    "rollback",
    "settle",
    "status",
    "verify",
]


def main() -> None:
    app()


if __name__ == "__main__":
    main()
