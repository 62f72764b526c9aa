"""Who may log in to a restored database: nobody by production's passwords, and the drill by its own."""

import hmac
import re
import secrets
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from urllib.parse import quote

from clients.errors import Rejected
from clients.own_secrets import first_value, put_secret
from clients.postgres import read_logins
from clients.sql_users import list_users, set_password
from domain.sql_instance import SqlInstance
from tasks.sql_work import Keep, WorkFailed, work
from tasks.target_instances import SETTLES
from tasks.targets import Target, administrator_secret, database_secret, logins_secret

COMPLEX = "Aa1-"  # of each kind a sign
OURS = re.compile(rf"{COMPLEX}[0-9a-f]{{40}}")
ADMINISTRATOR = "postgres"  # where the environment names none


def change_passwords(target: Target, instance: SqlInstance, keep: Keep) -> None:
    """Give every user of the restored instance a new random password; keep the service's and the
    administrator's in secrets of the drill's own. Once more gives the same ones: a call that comes late, of a
    process that was taken for dead, changes nothing.

    Raises:
        WorkFailed: a user that the environment names is not in what was restored, or there is a login whose
            password cannot be changed.
    """
    assert target.source.database
    binding = target.source.database.binding
    known = list_users(target.env, target.name)
    password_of = kept_passwords(target)
    passwords = {user.name: password_of(user.name) for user in known if user.built_in}
    administrator = binding.superuser if binding else ADMINISTRATOR
    for user in (administrator, *([binding.user] if binding else [])):
        if user not in passwords:
            raise WorkFailed(
                f"{target.name}: there is no user {user} in what was restored; check database.binding in the "
                "environment's file, and whose backup it is"
            )
    for user, password in passwords.items():
        call = partial(set_password, target.env, target.name, user, password)
        what = f"{target.name}: the password of {user}"
        work(target.env, target.name, what, call, keep=keep, within=SETTLES)
    _tell(target, instance, administrator, passwords)
    if unknown := sorted(set(read_logins(target.env)) - {user.name for user in known}):
        raise WorkFailed(
            f"{target.name}: {', '.join(unknown)} may log in, and the API does not know of it, so that "
            "production's password would open what was restored; make it a user of the API, or drop it"
        )


def kept_passwords(target: Target) -> Callable[[str], str]:
    """The password of each user of the target, random and yet the same however often it is asked for: by HMAC
    from a secret of the target's own, which is there before any of them is set. No address has to encode
    one, and Cloud SQL's rules of complexity admit it."""
    key = first_value(target.env, logins_secret(target.name), secrets.token_hex(32), target.labels).encode()
    return lambda user: f"{COMPLEX}{hmac.new(key, user.encode(), sha256).hexdigest()[:40]}"


def password_in(address: str) -> str:
    """The one of ours that stands in an address, whatever its form. Rejected where there is none."""
    found = OURS.search(address)
    if found is None:
        raise Rejected("the address holds no password that Muster made", "run it again: it writes new ones")
    return found[0]


def _tell(target: Target, instance: SqlInstance, administrator: str, passwords: dict[str, str]) -> None:
    database = target.source.database
    assert database
    login = f"{quote(administrator, safe='')}:{quote(passwords[administrator], safe='')}"
    address = f"postgresql://{login}@{instance.host}/{quote(database.name, safe='')}"
    put_secret(target.env, administrator_secret(target.name), address, target.labels)
    if database.binding:
        bound = database.binding.address.format(
            user=quote(database.binding.user, safe=""),
            password=quote(passwords[database.binding.user], safe=""),
            host=instance.host,
            connection=instance.connection,
            database=quote(database.name, safe=""),
        )
        put_secret(target.env, database_secret(target.name), bound, target.labels)
