"""Trying a login that is expected to be refused, and who is connected."""

from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
from psycopg.conninfo import conninfo_to_dict

from clients.database_places import PORT
from clients.environment import Environment
from clients.errors import HINTS, Unavailable
from clients.inquiries import as_muster
from clients.patience import attempt_timeout, patient
from clients.postgres import login_address
from clients.service_login import service_address
from domain.places import Place

REFUSED = (  # by the server, before it looked for a database; libpq tells no SQLSTATE while it connects
    "authentication failed",
    "no pg_hba.conf entry",
    "is not permitted to log in",
)
UNKNOWN_ROLE = ('role "', "does not exist")


@dataclass(frozen=True)
class Login:
    """A user with a password, which is never shown."""

    user: str
    password: str = field(repr=False)


def logins_of(env: Environment) -> dict[str, Login]:
    """The service's login and the one of `database.credentials`, each by what it is called.

    Raises:
        Rejected: a secret holds no address.
    """
    assert env.database
    addresses = {
        "its service": service_address(env),
        "its administrator": login_address(env, env.database.credentials),
    }
    return {name: _login(address) for name, address in addresses.items()}


@patient
def login_is_refused(login: Login, place: Place, database: str) -> str:
    """The words by which the server at that place refuses a login; empty when it lets it in.

    Raises:
        Unavailable: nobody there refused, and nobody let it in: nothing can be said.
    """
    seconds = attempt_timeout()
    try:
        with psycopg.connect(
            host=place.host,
            port=place.port or PORT,
            user=login.user,
            password=login.password,
            dbname=database,
            connect_timeout=max(2, int(seconds)),
            tcp_user_timeout=round(seconds * 1000),
        ):
            return ""
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        if any(words in said for words in REFUSED) or all(words in said for words in UNKNOWN_ROLE):
            return said
        if 'database "' in said and "does not exist" in said:
            return ""  # the login was good
        raise Unavailable(
            f"{place.host}:{place.port or PORT}: a login could not be tried: {said}", HINTS[Unavailable]
        ) from error


@patient
def connected_names(env: Environment) -> list[str]:
    """What each session of the environment's database server calls itself; the empty text where it does not.

    Any login may read that of all sessions (https://www.postgresql.org/docs/17/monitoring-stats.html).

    Raises:
        Denied, Rejected, Unavailable: the server cannot be asked.
    """
    question = (
        "SELECT coalesce(application_name, '') FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' OR backend_type IS NULL"
    )
    within = timedelta(seconds=attempt_timeout())
    with as_muster(env, within).reading() as connection:
        return [row[0] for row in connection.execute(question)]


def _login(address: str) -> Login:
    parts = conninfo_to_dict(address)
    return Login(str(parts.get("user", "")), str(parts.get("password", "")))
