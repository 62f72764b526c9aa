"""The `muster` command: every verb is there once its module is imported."""

from cli import deploy, expire, freshness, orders, pins, rollback, sets, settle, status
from cli.app import app

__all__ = [
    "app",
    "deploy",
    "expire",
    "freshness",
    "main",
    "orders",
    "pins",
    "rollback",
    "sets",
    "settle",
    "status",
]


def main() -> None:
    app()


if __name__ == "__main__":
    main()
