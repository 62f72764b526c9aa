"""The `muster` command: every verb is there once its module is imported."""

from cli import deploy, orders, rollback, settle, snapshot, status
from cli.app import app

__all__ = ["app", "deploy", "main", "orders", "rollback", "settle", "snapshot", "status"]


def main() -> None:
    app()


if __name__ == "__main__":
    main()
