"""The service's own login of its database, out of the address that the service is given."""

import re
from string import Formatter
from urllib.parse import unquote

from psycopg.conninfo import make_conninfo

from clients.database_part import Binding
from clients.environment import Environment
from clients.errors import Rejected
from clients.postgres import login_address
from clients.secret_versions import read_secret


def service_address(env: Environment) -> str:
    """How Muster connects as the service does: its user and password out of the secret that the service is
    given, at the host and to the database of `database.credentials`.

    On Cloud SQL an administrator reads no table of another owner; the service reads all that it needs.

    Raises:
        Rejected: the environment does not say how the service is bound, or the secret's text has not the form
            of `database.binding.address`. Nothing of the text is said.
    """
    database = env.database
    binding = database.binding if database else None
    secret = env.service.template.secrets.get(binding.variable) if binding else None
    if database is None or binding is None or secret is None:
        raise Rejected(
            f"{env.name}: how the service finds its database is not said",
            "write database.binding, and its variable under service.template.secrets",
        )
    found = filled_in(binding, read_secret(env, secret))
    if found is None:
        raise Rejected(
            f"secret {secret}: it is not of the form {binding.address}",
            "correct database.binding.address in the environment's file",
        )
    user = found.get("user", binding.user)
    return make_conninfo(login_address(env, database.credentials), user=user, password=found["password"])


def filled_in(binding: Binding, text: str) -> dict[str, str] | None:
    """What stands in the places of the binding's address, percent-decoded; None if it is another form."""
    pattern, seen = "", set()
    for literal, place, _, _ in Formatter().parse(binding.address):
        pattern += re.escape(literal)
        if place:
            pattern += f"(?P={place})" if place in seen else f"(?P<{place}>.*?)"
            seen.add(place)
    found = re.fullmatch(pattern, text.strip())
    return {place: unquote(value) for place, value in found.groupdict().items()} if found else None
