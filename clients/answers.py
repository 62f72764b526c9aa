"""One question to a database, asked in SQL by an environment's file, and its one answer."""

from typing import Any

from clients.errors import Rejected
from clients.inquiries import Access
from clients.patience import patient


@patient
def answer(access: Access, question: str) -> Any:
    """The one value that the query answers. Nothing can be written by it.

    Raises:
        Rejected: it is no query of one row and one column, or the server refuses it.
        Denied: it asks for what the login may not read, or writes.
    """
    with access.reading() as connection:
        connection.execute("SET default_transaction_read_only = on")  # should the query end the transaction
        cursor = connection.execute(question.encode())
        rows = cursor.fetchmany(2) if cursor.description else []
    if len(rows) != 1 or len(rows[0]) != 1:
        shape = f"{len(rows) or 'no'} row{'s' if len(rows) > 1 else ''}"
        raise Rejected(
            f"{access.where}: a query answered {shape}{' or more' if len(rows) > 1 else ''}"
            + (f" of {len(rows[0])} columns" if rows else ""),
            "write one of one row and one column",
        )
    return rows[0][0]
