"""The format of CSV files, as the API's options ask for it and PostgreSQL's COPY understands it."""

from psycopg import sql

from sandbox.kernel.state import Document
from sandbox.sql import errors

OPTIONS = {"fieldsTerminatedBy": "DELIMITER", "quoteCharacter": "QUOTE", "escapeCharacter": "ESCAPE"}


def of(options: Document) -> sql.Composed:
    """COPY's options; characters come as hexadecimal numbers, such as 2C. ReasonError (400) for others."""
    parts: list[sql.Composable] = [sql.SQL("FORMAT csv")]
    for name, word in OPTIONS.items():
        if options.get(name):
            parts.append(sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(_character(options[name]))))
    return sql.SQL("({})").format(sql.SQL(", ").join(parts))


def _character(text: str) -> str:
    try:
        return bytes.fromhex(text.removeprefix("0x")).decode("ascii")
    except ValueError as error:
        raise errors.invalid(f"{text} is no character's hexadecimal code.") from error  # text unverified
