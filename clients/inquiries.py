"""Inquiries into a database that may take long: read-only, in one text form, through a login that may look.

Two databases are compared by what they answer, so each session writes times, numbers and bytes alike, and
names everything with its schema.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from clients.environment import Environment
from clients.errors import HINTS, ClientError, Corrupted, Denied, Rejected, Unavailable
from clients.postgres import REFUSALS, login_address
from clients.service_login import service_address
from domain import wording

FORM = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
    "row_security": "off",  # rows that a policy hides are an error, and not missing
}
SILENCE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}  # seconds
NAMED = "pg_catalog"  # a search path on which names are written with their schema


@dataclass(frozen=True)
class Access:
    """One database through one login. A statement may take as long as `within`."""

    env: Environment
    within: timedelta
    address: Callable[[], str]

    @property
    def where(self) -> str:
        assert self.env.database
        return f"{self.env.database.instance}/{self.env.database.name}"

    @contextmanager
    def reading(self, path: str = "") -> Iterator[psycopg.Connection[Any]]:
        """A read-only transaction. `path`: the search path; empty: the login's own.

        What psycopg raises inside becomes a ClientError, which holds no value of any row.
        """
        with self._telling(), self._connected() as connection:
            connection.read_only = True
            settings = {**FORM, "statement_timeout": str(round(self.within.total_seconds() * 1000))}
            for name, value in {**settings, **({"search_path": path} if path else {})}.items():
                connection.execute("SELECT set_config(%s, %s, false)", [name, value])
            yield connection

    @contextmanager
    def writing(self) -> Iterator[psycopg.Connection[Any]]:
        """A transaction that may change things, committed at its end."""
        with self._telling(), self._connected() as connection:
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(make_conninfo(self.address(), **SILENCE)) as connection:
            yield connection

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise _told(self, error) from error


def as_muster(env: Environment, within: timedelta) -> Access:
    """Through `database.credentials`: production's login only reads, a target's is an administrator's."""
    assert env.database
    credentials = env.database.credentials
    return Access(env, within, lambda: login_address(env, credentials))


def as_service(env: Environment, within: timedelta) -> Access:
    """Through the service's own login."""
    return Access(env, within, lambda: service_address(env))


def said(error: psycopg.Error) -> str:
    """The server's sentence, without details: these hold values."""
    return " ".join((error.diag.message_primary or str(error)).split())


def _told(access: Access, error: psycopg.Error) -> ClientError:
    text = f"{access.where}: {said(error)}"
    match error:
        case psycopg.errors.InsufficientPrivilege():
            return Denied(text, "GRANT SELECT on it to the login")
        case psycopg.errors.DataCorrupted() | psycopg.errors.IndexCorrupted():
            return Corrupted(text, "what was restored is damaged: restore another set")
        case psycopg.errors.QueryCanceled():
            return Rejected(f"{text} ({wording.length(access.within)})", "raise drill.longest")
        case psycopg.OperationalError():
            if any(words in text for words in REFUSALS):
                return Denied(text, "check the secret with the login")
            return Unavailable(text, HINTS[Unavailable])
    return Rejected(text)
