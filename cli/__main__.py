"""The `muster` command: every verb is there once its module is imported."""

from cli import deploy, export, orders, rollback, settle, status
from cli.app import app

__all__ = ["app", "deploy", "export", "main", "orders", "rollback", "settle", "status"]


def main() -> None:
    app()


if __name__ == "__main__":
    main()
