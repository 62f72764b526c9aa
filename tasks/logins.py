"""Logins to a recovered database: new passwords, and new versions of the secrets that hold the addresses.

What opened the old database opens nothing of the new one.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from clients.environment import Environment
from clients.errors import NotFound, Rejected
from clients.secret_additions import add_version
from clients.secret_versions import read_secret, read_secret_version
from clients.sql_instances import read_instance_named
from clients.sql_users import set_password
from domain.sql_instance import SqlInstance
from tasks.sql_work import work
from tasks.step import step
from tasks.target_logins import password_in

TAKES = timedelta(minutes=10)  # a password, at most

Keep = Callable[[], None]


@step(named="write the addresses of {instance}")
def write_addresses(
    env: Environment, instance: str, binding: str, password_of: Callable[[str], str]
) -> Mapping[str, str]:
    """Give the secrets that hold the addresses of the service, of Muster and of the heartbeat a new version
    each, of that instance and with these new passwords of its users; the versions' numbers by secret.

    `binding` is the secret that the service's address comes from. The passwords are set afterwards, by
    `repoint_logins`. Where `password_of` tells the same whenever it is asked, a call of a process that was
    taken for dead, and that comes late, writes what stands there already.

    Raises:
        NotFound: the instance or a secret is not there.
    """
    assert env.database
    assert env.database.binding
    found = read_instance_named(env, instance)
    if found is None or not found.host:
        raise NotFound(f"{instance}: there is no such instance, or it has no address")
    own = [env.database.credentials, *([env.heartbeat.credentials] if env.heartbeat else [])]
    parts = {secret: _parts(env, secret) for secret in dict.fromkeys(own) if secret != binding}
    users = {env.database.binding.user, *(each["user"] for each in parts.values())}
    passwords = {user: password_of(user) for user in sorted(users)}
    values = {secret: _address(each, found.host, passwords[each["user"]]) for secret, each in parts.items()}
    values[binding] = bound_address(env, found, passwords[env.database.binding.user])
    return {secret: add_version(env, secret, value) for secret, value in values.items()}


@step(named="re-point the logins to {instance}")
def repoint_logins(
    env: Environment, instance: str, binding: str, versions: Mapping[str, str], keep: Keep
) -> None:
    """Give each login the password that stands in its version. Safe to repeat, and the same each time: a call
    of a process that was taken for dead, and that comes late, changes nothing.

    Raises:
        NotFound: the instance, a user or a version is not there.
        WorkFailed, Unavailable: a password could not be set.
    """
    assert env.database
    assert env.database.binding
    passwords = {}
    for secret, version in versions.items():
        value = read_secret_version(env, secret, version)
        user = env.database.binding.user if secret == binding else _parts_of(secret, value)["user"]
        passwords[user] = password_in(value)
    for user, password in sorted(passwords.items()):
        what = f"{instance}: a password for {user}"
        begin = partial(set_password, env, instance, user, password)
        work(env, instance, what, begin, keep=keep, within=TAKES)


def bound_address(env: Environment, instance: SqlInstance, password: str) -> str:
    """What the service is told of its database, as `database.binding.address` has it."""
    assert env.database
    assert env.database.binding
    return env.database.binding.address.format(
        user=env.database.binding.user,
        password=quote(password, safe=""),
        host=instance.host,
        connection=instance.connection,
        database=env.database.name,
    )


def _parts(env: Environment, secret: str) -> dict[str, str]:
    return _parts_of(secret, read_secret(env, secret))


def _parts_of(secret: str, address: str) -> dict[str, str]:
    """An address in its parts. What is wrong with one that cannot be read is not said."""
    try:
        found = {name: str(value) for name, value in conninfo_to_dict(address).items() if value}
    except psycopg.ProgrammingError:
        found = {}
    if not {"user", "dbname"} <= found.keys():
        raise Rejected(
            f"secret {secret}: its address cannot be read",
            "add a version such as postgresql://USER:PASSWORD@HOST/DATABASE",
        ) from None
    return found


def _address(parts: Mapping[str, str], host: str, password: str) -> str:
    """The same address of another server; what else it says stays."""
    port = f":{parts['port']}" if "port" in parts else ""
    kept = {
        name: value
        for name, value in parts.items()
        if name not in {"user", "password", "host", "hostaddr", "port", "dbname"}
    }
    rest = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    user = quote(parts["user"], safe="")
    return (
        f"postgresql://{user}:{quote(password, safe='')}@{host}{port}/{quote(parts['dbname'], safe='')}{rest}"
    )
