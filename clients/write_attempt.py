"""Whether a database takes writes just now, found out by asking it for one that changes nothing."""

from datetime import UTC, datetime
from enum import StrEnum

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from clients.environment import Environment
from clients.errors import Rejected
from clients.patience import attempt_timeout
from clients.secret_versions import read_secret

SHUT = ("starting up", "shutting down", "not yet accepting connections", "in recovery mode")
SILENT = ("timeout", "timed out", "No route", "unreachable")


class Answer(StrEnum):
    """What came of the attempt."""

    TAKEN = "it takes writes"
    READ_ONLY = "it answers, and takes no write"
    REFUSED = "nobody answers at its address"  # the connection was refused, or the server is on its way down
    SILENT = "its address is silent"  # which may be the way there
    CLOSED_TO_US = "it answers, and does not let Muster's login in"


def try_write(env: Environment, host: str = "") -> tuple[Answer, str]:
    """Ask the server at that address for a transaction's id, which a standby cannot give, with Muster's own
    login, and take it back; without a host, where that login leads. The second is what was said; nothing of
    the login is in it.

    Not retried: who asks wants to know how it is now.

    Raises:
        Rejected: the credentials secret holds no address.
    """
    try:
        with psycopg.connect(login(env, host)) as connection:
            connection.execute("SELECT pg_current_xact_id()")
            connection.rollback()
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        return _answer(error, said), said
    return Answer.TAKEN, "a transaction was begun"


def _answer(error: psycopg.Error, said: str) -> Answer:
    """While a connection is made, libpq tells no SQLSTATE: the words are all there is."""
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction | psycopg.errors.ObjectNotInPrerequisiteState):
        return Answer.READ_ONLY
    if isinstance(error, psycopg.errors.ConnectionTimeout) or any(words in said for words in SILENT):
        return Answer.SILENT
    if not isinstance(error, psycopg.OperationalError) or (
        "FATAL" in said and not any(w in said for w in SHUT)
    ):
        return Answer.CLOSED_TO_US
    return Answer.REFUSED


def replayed_until(env: Environment, host: str) -> datetime | None:
    """What a replica surely holds: all that was committed until then. None where it has replayed nothing.

    By the newest commit that it replayed: on an idle primary that is long ago, and it may hold more. Where a
    heartbeat beats, there is one each second.

    Raises:
        Rejected: it cannot be asked.
    """
    try:
        with psycopg.connect(login(env, host)) as connection:
            row = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
    except psycopg.Error as error:
        raise Rejected(f"{host}: it does not tell how far it is: {error}", "") from error
    return row[0].astimezone(UTC) if row and row[0] else None


def login(env: Environment, host: str) -> str:
    """Muster's own login, at that address, or its own, with time limits. It must not be shown."""
    assert env.database
    try:
        parts = conninfo_to_dict(read_secret(env, env.database.credentials))
    except psycopg.ProgrammingError:
        parts = {}
    if not parts.get("user") or not parts.get("dbname"):
        raise Rejected(
            f"secret {env.database.credentials}: its address cannot be read",
            "add a version such as postgresql://USER:PASSWORD@HOST/DATABASE",
        ) from None
    seconds = attempt_timeout()
    limits = {"connect_timeout": max(2, min(5, int(seconds))), "tcp_user_timeout": round(seconds * 1000)}
    kept = {name: value for name, value in parts.items() if value}
    if host:
        kept = {**{name: value for name, value in kept.items() if name != "hostaddr"}, "host": host}
    return make_conninfo("", **{**kept, **limits})
